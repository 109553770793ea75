import type { Run } from '../../api/types';

/** What there is to choose from, plain words beside the service's own. */
export const presets = [
  { id: 'mhim-v2', name: 'MHIM v2', words: 'The teacher hides the easy tiles, the student learns from the hard ones; what is hidden is summed up in a few tokens.' },
  { id: 'mhim-v1', name: 'MHIM v1', words: 'The first version (ICCV 2023): masking by attention, nothing recycled.' },
  { id: 'small', name: 'MHIM v2, small', words: 'For a few dozen slides: MHIM v2 with a narrow model and fewer epochs.' },
  { id: 'plain', name: 'Plain', words: 'The backbone alone, nothing masked: what every other method has to beat.' },
  { id: 'reference', name: 'Reference settings', words: 'As the published code chooses: the epoch by the test part. Only for comparison with its figures.' },
] as const;

export const backbones = [
  { id: '', name: 'AB-MIL', words: 'attention pooling; the usual choice' },
  { id: 'abmil-gated', name: 'Gated AB-MIL', words: 'attention with a gate' },
  { id: 'dsmil', name: 'DSMIL', words: 'distance to the most telling tile' },
  { id: 'transmil', name: 'TransMIL', words: 'tiles look at each other; slower' },
] as const;

export const searches = [
  { id: '', name: 'none' },
  { id: 'reference', name: 'the reference grid, 18 tries a fold' },
  { id: 'wide', name: 'wide, consistency too, 36 tries a fold' },
] as const;

export const starts = [
  { id: '', name: 'as the preset has it' },
  { id: 'scratch', name: 'fresh weights' },
  { id: 'projection', name: 'the baseline’s projection' },
  { id: 'baseline', name: 'the whole baseline' },
] as const;

export const nameOf = (of: readonly { id: string; name: string }[], id: string | null | undefined) => of.find(one => one.id === (id ?? ''))?.name ?? id ?? '';

export const scoreName = (name: string | null | undefined) => ({ auc: 'AUC', c_index: 'C-index', AUC: 'AUC' })[name ?? ''] ?? name ?? '';

export const methodOf = (run: Run) => {
  const preset = presets.find(one => one.id === run.settings.preset)?.name ?? run.settings.preset ?? '';
  const backbone = backbones.find(one => one.id === run.settings.backbone)?.name;
  return backbone ? `${preset} on ${backbone}` : preset;
};

export const stageName = (stage: string) => (stage === 'mhim' ? 'MHIM' : 'Baseline');

/** The service counts folds from 0, people from 1. */
export const fromOne = (sentence: string) => sentence.replace(/^Fold (\d+):/, (_, fold: string) => `Fold ${Number(fold) + 1}:`);

/** Which model of a run it is, in words: `fold-1/mhim` is fold 2, MHIM. */
export const placeWords = (runModel: string) => runModel.replace(/^fold-(\d+)\/(\w+)$/, (_, fold: string, stage: string) => `fold ${Number(fold) + 1}, ${stageName(stage)}`);

/** A p-value as people write it. */
export const pValue = (p: number | null | undefined) => (p === null || p === undefined ? 'p cannot be told' : p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`);
