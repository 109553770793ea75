import { url } from '../../api/client';
import { useData } from '../../api/useData';

/** prediction.json, as the command line writes it too: src/Workers/Pipeline/PredictionFiles.cs. */
export interface Summary {
  slide: string;
  slideSha256: string;
  model: string;
  modelSha256: string;
  encoder: string;
  mpp: number;
  tileSize: number;
  tileSizeLevel0: number;
  tiles: number;
  predictedClass: string;
  classes: { name: string; probability: number }[];
  scoredClass: string;
  topTiles: { rank: number; x: number; y: number; score: number }[];
  notice: string;
  inputs: string;
  risk?: number;
  survival?: { until: number; probability: number }[];
  mask?: { scoredBy: string; easyTiles: number; hardTiles: number };
}

export const useSummary = (predictionId: string | undefined) => useData<Summary>(predictionId ? url('/api/v1/predictions/{id}/prediction.json', { id: predictionId }) : null);
