import { url } from '../../api/client';
import type { Prediction } from '../../api/types';
import { useData } from '../../api/useData';

/** card.json, as it lies beside the weights: src/Mil/Checkpoints/ModelCard.cs. */
export interface ModelCard {
  name: string;
  task: string;
  temperature?: number | null;
  timeBins?: number[];
  train: string[];
  validation: string[];
  test: string[];
  metrics: Record<string, number | string>;
  provenance: Record<string, string>;
}

export const useCard = (modelId: string) => useData<ModelCard>(url('/api/v1/models/{id}/card', { id: modelId }));

/** How far its probabilities can be taken at their word. */
export const calibrationOf = (card: ModelCard) =>
  card.task === 'survival' ? 'The curve is the model’s own estimate; it has not been calibrated on other cohorts.'
  : card.temperature ? `Probabilities were calibrated on the validation part of its cohort (temperature ${card.temperature.toFixed(2)}); on other scanners and sites they may be off.`
  : 'Probabilities are not calibrated: 0.9 need not mean nine in ten. Read them as an order.';

export type Part = 'train' | 'validation' | 'test';

/** What a slide was to a model while it learnt; undefined: it was not in its cohort, as far as its card tells (cards of models that read patients name patients). */
export const partOf = (card: ModelCard, { slideName, patient }: Prediction): Part | undefined =>
  (['train', 'validation', 'test'] as const).find(part => card[part].includes(slideName) || (patient !== null && card[part].includes(patient)));
