import { useEffect, useRef } from 'react';
import { url } from '../../api/client';
import { IconButton } from '../../ui/Button';
import type { Summary } from './result';

/** The tiles that counted most, in a strip; a click flies there. */
export function TopTiles({ predictionId, summary, chosen, onChoose, onClose }: { predictionId: string; summary: Summary; chosen: number; onChoose: (rank: number) => void; onClose: () => void }) {
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    list.current?.querySelector('[aria-pressed=true]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [chosen]);
  return (
    <section className="strip" aria-label="Tiles that counted most">
      <h2>
        Top tiles
        <span className="quiet small">{summary.scoredClass}</span>
      </h2>
      <ol ref={list}>
        {summary.topTiles.map(tile => (
          <li key={tile.rank}>
            <button type="button" aria-pressed={chosen === tile.rank} onClick={() => onChoose(tile.rank)} title={`Rank ${tile.rank}: ${tile.score.toFixed(3)}`}>
              <img src={url('/api/v1/predictions/{id}/top-tiles/{rank}.png', { id: predictionId, rank: tile.rank })} alt={`Tile of rank ${tile.rank}, score ${tile.score.toFixed(2)}`} loading="lazy" />
              <span>
                <b>{tile.rank}</b>
                {tile.score.toFixed(2)}
              </span>
            </button>
          </li>
        ))}
      </ol>
      <IconButton icon="close" small kind="plain" label="Hide the top tiles" onClick={onClose} />
    </section>
  );
}
