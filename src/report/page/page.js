'use strict';
const filter = document.getElementById('filter');
let rows;
filter.addEventListener('input', () => {
  rows ??= [...document.querySelectorAll('#tokens tbody tr')].map((row) => [row, row.textContent.toLowerCase()]);
  const wanted = filter.value.trim().toLowerCase();
  let shown = 0;
  for (const [row, text] of rows) {
    row.hidden = !text.includes(wanted);
    shown += row.hidden ? 0 : 1;
  }
  document.getElementById('shown').textContent = `${shown} of ${rows.length} shown`;
});
filter.closest('p').hidden = false;
