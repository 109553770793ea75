import { useEffect, useState } from 'react';
import { ApiError } from '../../api/client';
import { useGeneration } from '../../api/useData';
import { loadTiles, type TileTable } from './tiles';

/** The tiles of a prediction; null: of none. */
export function useTiles(predictionId: string | undefined) {
  const [answer, setAnswer] = useState<{ id?: string; table?: TileTable; error?: ApiError }>({});
  const generation = useGeneration();
  useEffect(() => {
    if (!predictionId) return;
    let left = false;
    loadTiles(predictionId).then(
      table => !left && setAnswer({ id: predictionId, table }),
      (error: unknown) => !left && setAnswer({ id: predictionId, error: error instanceof ApiError ? error : new ApiError(-1, 'unexpected', (error as Error).message) }),
    );
    return () => {
      left = true;
    };
  }, [predictionId, generation]);
  return answer.id === predictionId ? answer : {};
}
