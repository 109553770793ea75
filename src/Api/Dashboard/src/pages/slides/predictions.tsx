import { Link } from 'wouter';
import type { Prediction } from '../../api/types';
import { StateBadge } from '../../ui/Badge';
import { percent } from '../../ui/words';
import './predictions.css';

/** Where a prediction is looked at. */
export const viewOf = (prediction: Prediction) => `/view/${prediction.slideId}?p=${prediction.id}`;

/** What a model called, in a line: the class and its probability, or where it stands. */
export function Call({ prediction }: { prediction: Prediction }) {
  if (prediction.state !== 'succeeded') return <StateBadge state={prediction.state} title={prediction.error} />;
  const best = prediction.classes.find(c => c.name === prediction.predictedClass);
  return (
    <Link href={viewOf(prediction)} className="call">
      {best ? (
        <>
          <strong>{best.name}</strong> <span>{percent(best.probability, 1)}</span>
        </>
      ) : (
        <strong>Survival</strong>
      )}
    </Link>
  );
}
