import { Link } from 'wouter';
import { url } from '../../api/client';
import type { ModelFigures, RunFigures, WrongCase } from '../../api/types';
import { Empty } from '../../ui/States';
import { Table, type Column } from '../../ui/Table';
import { number } from '../../ui/words';

/** The surest mistakes first, each one click from the viewer. */
export function MostWrong({ model, slides }: { model: ModelFigures; slides: RunFigures['slides'] }) {
  const stage = model.stage;
  const look: Column<WrongCase> = {
    id: 'look', head: 'Look',
    cell: row => (
      <span className="row wrap">
        {slides.filter(slide => slide.case === row.id).slice(0, 4).map(slide => {
          const own = slide.predictions.find(p => p.runModel === `fold-${row.fold}/${stage}`) ?? slide.predictions[0];
          return <Link key={slide.slideId} href={url('/view/{id}', { id: slide.slideId }, { p: own?.id })}>{slide.name === row.id ? 'open' : slide.name}</Link>;
        })}
        {!slides.some(slide => slide.case === row.id) && <span className="quiet">not here any more</span>}
      </span>
    ),
  };
  const columns: Column<WrongCase>[] = model.survival
    ? [
        { id: 'case', head: 'Case', cell: row => <strong>{row.id}</strong> },
        { id: 'time', head: 'Time', number: true, cell: row => (row.time == null ? '' : number(row.time, 0)) },
        { id: 'truth', head: 'Outcome', cell: row => row.truth },
        { id: 'risk', head: 'Risk', number: true, cell: row => (row.risk == null ? '' : number(row.risk)) },
        { id: 'pairs', head: 'Pairs in the wrong order', number: true, cell: row => `${row.wrongPairs} of ${row.pairs}` },
        { id: 'fold', head: 'Fold', number: true, cell: row => row.fold + 1 },
        look,
      ]
    : [
        { id: 'case', head: 'Case', cell: row => <><strong>{row.id}</strong>{row.patient !== row.id && <small className="nowrap">patient {row.patient}</small>}</> },
        { id: 'truth', head: 'Is', cell: row => row.truth },
        { id: 'called', head: 'Called', cell: row => row.called },
        { id: 'p', head: 'p of the truth', number: true, cell: row => (row.probabilityOfTruth === null ? '' : number(row.probabilityOfTruth)) },
        { id: 'fold', head: 'Fold', number: true, cell: row => row.fold + 1 },
        look,
      ];
  return <Table label="Most wrongly called" columns={columns} rows={model.mostWrong} rowKey={row => row.id} empty={<Empty icon="check" title={model.survival ? 'Every pair is in the right order' : 'Every held-out case was called right'} />} />;
}
