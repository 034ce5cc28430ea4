'use strict';
const filter = document.getElementById('filter');
const sort = document.getElementById('sort');
const bodies = [...document.querySelectorAll('#tokens tbody')].map((body) => [body, [...body.querySelectorAll('tr:not(.group)')]]);
let rows;
filter.addEventListener('input', () => {
  rows ??= bodies.flatMap(([, all]) => all.map((row) => [row, row.textContent.toLowerCase()]));
  const wanted = filter.value.trim().toLowerCase();
  let shown = 0;
  for (const [row, text] of rows) {
    row.hidden = !text.includes(wanted);
    shown += row.hidden ? 0 : 1;
  }
  document.getElementById('shown').textContent = `${shown} of ${rows.length} shown`;
});
sort.addEventListener('change', () => {
  const by = sort.value;
  const order = by === 'end' ? (a, b) => a.cells[0].dataset.end - b.cells[0].dataset.end : (a, b) => a.cells[by].textContent.localeCompare(b.cells[by].textContent);
  for (const [body, all] of bodies) body.append(...(by ? [...all].sort(order) : all));
});
filter.closest('p').hidden = false;
