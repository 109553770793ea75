// Before anything is painted: the theme that was chosen, or the system's.
(function () {
  var chosen = null;
  try { chosen = localStorage.getItem('mhim-theme'); } catch (e) { /* no storage, no choice */ }
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
})();
