'use strict';
const filter = document.getElementById('filter');
const sort = document.getElementById('sort');
const bodies = [...document.querySelectorAll('#tokens tbody')].map((body) => [body, [...body.querySelectorAll('tr:not(.group)')]]);
let rows;
filter.addEventListener('input', () => {
  rows ??= bodies.flatMap(([, all]) => all.map((row) => [row, row.textContent.toLowerCase()]));
  const wanted = filter.value.trim().toLowerCase();
  document.getElementById('tokens').classList.toggle('filtered', wanted !== '');
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
const fold = (body, folded) => {
  body.classList.toggle('folded', folded);
  body.querySelector('.fold').setAttribute('aria-expanded', String(!folded));
};
for (const label of document.querySelectorAll('.whose')) {
  const button = document.createElement('button');
  const body = label.closest('tbody');
  button.type = 'button';
  button.className = 'fold';
  button.setAttribute('aria-expanded', 'true');
  button.append(...label.childNodes);
  button.addEventListener('click', () => fold(body, !body.classList.contains('folded')));
  label.append(button);
}
document.addEventListener('click', (event) => {
  const link = event.target.closest('a[href^="#t"]');
  const body = link && document.getElementById(link.hash.slice(1)).closest('tbody.folded');
  if (body) fold(body, false);
});
const stale = document.getElementById('stale');
stale.hidden = Date.now() / 1000 <= stale.dataset.until;
filter.closest('p').hidden = false;
