'use strict';
// The first plain dashboard: no framework, no request to any other origin. Text always goes in as text, never as markup.
const api = '/api/v1';
const $ = id => document.getElementById(id);
let models = [], predictions = [], chosen = new Map(), drawn = '';
const shown = () => location.hash.slice(1); // the prediction that is being looked at has an address of its own

function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter(child => child !== null && child !== undefined));
  return node;
}

async function get(path) {
  const response = await fetch(api + path);
  if (!response.ok) throw new Error((await response.json().catch(() => ({}))).detail ?? response.statusText);
  return response.json();
}

async function send(method, path, body) {
  const json = body !== undefined && !(body instanceof FormData);
  const response = await fetch(api + path, { method, body: json ? JSON.stringify(body) : body, headers: json ? { 'Content-Type': 'application/json' } : {} });
  const answer = response.status === 204 ? {} : await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.detail ?? response.statusText);
  return answer;
}

function upload(file) {
  const bar = make('progress', { max: 1, value: 0 }), note = make('span', { className: 'quiet', textContent: 'uploading' });
  const line = make('li', {}, make('span', { textContent: file.name }), bar, note);
  $('uploads').append(line);
  const form = new FormData();
  form.append('file', file);
  const request = new XMLHttpRequest(); // fetch tells no upload progress
  request.open('POST', api + '/slides');
  request.upload.onprogress = e => { bar.value = e.loaded / e.total; if (e.loaded === e.total) note.textContent = 'being checked'; };
  request.onload = () => {
    if (request.status < 300) { line.remove(); refresh(); return; }
    let reason = request.statusText;
    try { reason = JSON.parse(request.responseText).detail; } catch { }
    bar.remove();
    note.textContent = reason;
    note.className = 'failed';
    line.append(make('button', { className: 'link', textContent: 'dismiss', onclick: () => line.remove() }));
  };
  request.onerror = () => { note.textContent = 'The service cannot be reached.'; note.className = 'failed'; };
  request.send(form);
}

function complain(error) { alert(error.message); }

function stateCell(slide, details) {
  const cell = make('td', {}, make('span', { className: `state ${slide.state}`, textContent: slide.state.replace('-', ' ') }));
  if (slide.state === 'needs-mpp') {
    const input = make('input', { type: 'number', step: 'any', min: '0', placeholder: 'µm/px', ariaLabel: 'µm per pixel', required: true });
    const form = make('form', {}, make('small', { textContent: slide.problem ?? '' }), input, ' ', make('button', { textContent: 'Set' }));
    form.onsubmit = e => { e.preventDefault(); send('PATCH', `/slides/${slide.id}`, { mpp: Number(input.value) }).then(refresh, complain); };
    cell.append(form);
  } else if (slide.state === 'failed') {
    cell.append(make('small', { textContent: slide.problem ?? '' }));
    const failed = details?.jobs.find(job => job.state === 'failed' || job.state === 'cancelled');
    if (failed) cell.append(make('button', { className: 'link', textContent: 'retry', onclick: () => send('POST', `/jobs/${failed.id}/retry`).then(refresh, complain) }));
  } else if (details) {
    const step = details.steps.find(s => s.state !== 'succeeded');
    const job = step && details.jobs.find(j => j.id === step.jobId);
    if (step) cell.append(make('small', { textContent: `${step.name}: ${job?.step ?? step.state}` }), make('progress', { max: 1, value: step.progress }));
  }
  return cell;
}

function predictionCell(slide) {
  const cell = make('td');
  for (const p of predictions.filter(p => p.slideId === slide.id)) {
    const line = make('div');
    if (p.state === 'succeeded') {
      const best = p.classes.find(c => c.name === p.predictedClass);
      line.append(make('button', { className: 'link', textContent: `${p.predictedClass} ${(100 * best.probability).toFixed(1)} %`, onclick: () => { location.hash = p.id; } }));
    } else line.append(make('span', { className: p.state, textContent: p.state, title: p.error ?? '' }), p.state === 'running' ? make('progress', { max: 1, value: p.progress }) : null);
    line.append(make('small', { textContent: p.modelName }));
    if (p.error) line.append(make('small', { className: 'failed', textContent: p.error }));
    cell.append(line);
  }
  const open = models.filter(m => !predictions.some(p => p.slideId === slide.id && p.modelId === m.id));
  if (open.length && (slide.state === 'ready' || slide.state === 'processing')) {
    const select = make('select', { ariaLabel: 'Model' }, ...open.map(m => make('option', { value: m.id, textContent: m.name })));
    if (chosen.has(slide.id) && open.some(m => m.id === chosen.get(slide.id))) select.value = chosen.get(slide.id);
    select.onchange = () => chosen.set(slide.id, select.value);
    cell.append(select, ' ', make('button', {
      textContent: 'Predict', onclick: () => send('POST', '/predictions', { slideId: slide.id, modelId: select.value }).then(refresh, complain),
    }));
  } else if (!models.length) cell.append(make('span', { className: 'quiet', textContent: 'import a model first' }));
  return cell;
}

function row(slide, details) {
  const picture = slide.tileCount === null ? make('div', { className: 'none' })
    : make('img', { src: `${api}/slides/${slide.id}/thumbnail`, alt: '', loading: 'lazy' });
  return make('tr', {}, make('td', {}, picture),
    make('td', {}, make('strong', { textContent: slide.name }),
      make('small', { textContent: `${slide.width} × ${slide.height} px · ${slide.mpp ? slide.mpp.toFixed(3) + ' µm/px' : 'no resolution'} · ${slide.vendor}` }),
      make('button', { className: 'link', textContent: 'remove', onclick: () => confirm(`Remove ${slide.name} with its features and predictions?`) && send('DELETE', `/slides/${slide.id}`).then(refresh, complain) })),
    stateCell(slide, details),
    make('td', { textContent: slide.tileCount === null ? '' : `${(100 * slide.tissueShare).toFixed(0)} %` }, slide.tileCount === null ? null : make('small', { textContent: `${slide.tileCount} tiles` })),
    predictionCell(slide));
}

function showResult() {
  const p = predictions.find(x => x.id === shown() && x.state === 'succeeded'), box = $('result');
  box.hidden = !p;
  if (!p || box.dataset.id === p.id) return;
  box.dataset.id = p.id;
  const base = `${api}/predictions/${p.id}`;
  const bars = p.classes.map(c => {
    const fill = make('b');
    fill.style.width = `${100 * c.probability}%`; // style by script is not inline style for the policy
    return make('div', { className: 'bar' }, make('span', { textContent: c.name }), make('i', {}, fill), make('span', { textContent: `${(100 * c.probability).toFixed(1)} %` }));
  });
  box.replaceChildren(make('h2', { textContent: `${p.slideName}: ${p.predictedClass}` }), make('div', { className: 'columns' },
    make('div', {}, ...bars,
      make('small', { textContent: `Model: ${p.modelName}` }),
      make('p', {}, make('a', { href: `${base}/tiles.geojson`, download: `${p.slideName}.geojson`, textContent: 'GeoJSON for QuPath' }), ' · ',
        make('a', { href: `${base}/prediction.json`, textContent: 'JSON' })),
      make('small', { textContent: 'Tiles that counted most' }),
      make('div', { className: 'tops' }, ...p.topTiles.map(rank => make('img', { src: `${base}/top-tiles/${rank}.png`, alt: `rank ${rank}`, title: `rank ${rank}` })))),
    make('div', {}, make('img', { className: 'heatmap', src: `${base}/heatmap.png`, alt: 'Heatmap of instance scores over the slide' }))));
  box.scrollIntoView({ behavior: 'smooth', block: 'nearest' });
}

let busy = false;
async function refresh() {
  if (busy) return;
  busy = true;
  try {
    const [slidePage, modelPage, predictionPage] = await Promise.all([get('/slides?limit=200'), get('/models?limit=200'), get('/predictions?limit=200')]);
    models = modelPage.items;
    predictions = predictionPage.items;
    const details = new Map(await Promise.all(slidePage.items.filter(s => s.state === 'processing' || s.state === 'failed').slice(0, 30)
      .map(async s => [s.id, await get(`/slides/${s.id}`)])));
    // Nothing is drawn again that has not changed, or while somebody types in it.
    const state = JSON.stringify([slidePage, models, predictions, [...details.values()]]);
    const typing = document.activeElement?.closest?.('#slides') && document.activeElement.tagName !== 'BUTTON';
    if (state !== drawn && !typing) {
      drawn = state;
      $('slides').replaceChildren(...(slidePage.items.length ? slidePage.items.map(s => row(s, details.get(s.id)))
        : [make('tr', {}, make('td', { colSpan: 5, className: 'quiet', textContent: 'No slides yet.' }))]));
    }
    $('models').textContent = models.length ? models.map(m => `${m.name} (${m.classes.join(', ')})`).join(' · ') : 'No models yet: train one with mhim train, or import one here.';
    showResult();
  } catch (error) {
    drawn = '';
    $('slides').replaceChildren(make('tr', {}, make('td', { colSpan: 5, className: 'failed', textContent: `The service cannot be reached (${error.message}).` })));
  } finally { busy = false; }
}

onhashchange = showResult;
$('file').onchange = e => { [...e.target.files].forEach(upload); e.target.value = ''; };
for (const name of ['dragover', 'dragleave', 'drop'])
  $('drop').addEventListener(name, e => {
    e.preventDefault();
    $('drop').classList.toggle('over', name === 'dragover');
    if (name === 'drop') [...e.dataTransfer.files].forEach(upload);
  });
$('import').onsubmit = e => {
  e.preventDefault();
  const output = e.target.querySelector('output'), form = new FormData();
  [...e.target.elements.files.files].forEach(file => form.append('file', file));
  output.textContent = 'being loaded …';
  send('POST', '/models', form).then(m => { output.textContent = `${m.name} is here.`; e.target.reset(); refresh(); }, error => { output.textContent = error.message; });
};
refresh();
setInterval(() => { if (!document.hidden) refresh(); }, 2000);
