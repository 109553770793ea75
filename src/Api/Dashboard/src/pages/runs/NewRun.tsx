import { useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { post } from '../../api/client';
import type { Cohort, Encoder, Page, Run } from '../../api/types';
import { useAction } from '../../api/useAction';
import { useData } from '../../api/useData';
import { useSession } from '../../app/session';
import { Button, LinkButton } from '../../ui/Button';
import { Checkbox, Input, Select, wrongOf } from '../../ui/Field';
import { Card, PageHead } from '../../ui/Layout';
import { Empty, ErrorBox, Loading, Note } from '../../ui/States';
import { count } from '../../ui/words';
import { backbones, presets, searches, starts } from './names';

const numbers = [
  ['epochs', 'Epochs at most', 1, 2000, '1'], ['learningRate', 'Learning rate', 0, 1, 'any'], ['weightDecay', 'Weight decay', 0, 1, 'any'], ['width', 'Width', 8, 4096, '8'],
  ['dropout', 'Dropout', 0, 0.95, 'any'], ['restarts', 'Restarts', 0, 100, '1'], ['maskRatio', 'Mask ratio', 0, 0.95, 'any'], ['keepRatio', 'Keep ratio', 0, 1, 'any'],
  ['consistency', 'Consistency weight', 0, 100, 'any'], ['mhimLr', 'Learning rate of MHIM', 0, 1, 'any'], ['survivalAlpha', 'Survival α', 0, 0.99, 'any'],
] as const;
const ofMhim = ['maskRatio', 'keepRatio', 'consistency', 'mhimLr'];
const usual: Record<string, string> = { restarts: '0', survivalAlpha: '0', mhimLr: 'as above' };
const hints: Record<string, string> = {
  restarts: 'how often again from other first weights; the best on validation is kept', maskRatio: 'share of the tiles that the teacher hides', keepRatio: 'share of the rest that is seen as it is',
  consistency: 'tie between student and teacher', survivalAlpha: 'censored patients weigh 1 − α',
};

/** A run with sane defaults: a cohort is all that must be chosen. */
export function NewRun() {
  const [, navigate] = useLocation();
  const { can } = useSession();
  const wanted = new URLSearchParams(useSearch()).get('cohort') ?? '';
  const cohorts = useData<Page<Cohort>>('/api/v1/cohorts?limit=200');
  const encoders = useData<Encoder[]>('/api/v1/encoders');
  const [chosen, setChosen] = useState(wanted);
  const [preset, setPreset] = useState<string>('mhim-v2');
  const [fields, setFields] = useState<Record<string, string>>({ folds: '5', seed: '1', validationShare: '0.2' });
  const [flags, setFlags] = useState({ preserveSites: false, skipMissing: false, calibrate: true });
  const set = (field: string) => (event: { target: { value: string } }) => setFields(old => ({ ...old, [field]: event.target.value }));
  const flag = (field: keyof typeof flags) => (event: { target: { checked: boolean } }) => setFlags(old => ({ ...old, [field]: event.target.checked }));
  const cohort = cohorts.data?.items.find(one => one.id === chosen) ?? (chosen ? undefined : cohorts.data?.items[0]);
  const survival = cohort?.task === 'survival';
  const offered = numbers.filter(([field]) => survival || field !== 'survivalAlpha');
  const masks = preset !== 'plain';
  const start = useAction(async () => {
    const value = (field: string) => (fields[field] === undefined || fields[field] === '' ? undefined : Number(fields[field]));
    const run = await post('/api/v1/runs', {
      body: {
        cohortId: cohort!.id, name: fields.name || null, preset, backbone: fields.backbone || null, encoder: fields.encoder || null,
        folds: value('folds') ?? null, seed: value('seed') ?? null, validationShare: value('validationShare') ?? null, ...flags, calibrate: flags.calibrate && !survival,
        ...Object.fromEntries(offered.map(([field]) => [field, masks || !ofMhim.includes(field) ? (value(field) ?? null) : null])),
        search: (masks && fields.search) || null, student: (masks && fields.student) || null,
      } as never,
    }) as Run;
    navigate(`/runs/${run.id}`);
  }, { quiet: true });
  if (!can('researcher')) return <div className="page"><PageHead title="New run" back={['/runs', 'Runs']} /><Empty icon="runs" title="For researchers">Your role may look at runs, and not start them.</Empty></div>;
  const error = start.error;
  const missing = cohort ? cohort.slides.missing + cohort.slides.stopped : 0;
  return (
    <div className="page">
      <PageHead title="New run" back={['/runs', 'Runs']}>Trains one model for each fold, and judges each on patients that it had not seen. Everything below the cohort can stay as it is.</PageHead>
      {cohorts.error && !cohorts.data ? <ErrorBox error={cohorts.error} retry={cohorts.refresh} /> : !cohorts.data ? <Loading lines={8} /> : cohorts.data.items.length === 0 ? (
        <Empty icon="cohorts" title="There is no cohort to train on" actions={<LinkButton to="/cohorts" kind="primary">To the cohorts</LinkButton>}>A run needs a label table.</Empty>
      ) : (
        <form className="run-form stack" noValidate onSubmit={event => { event.preventDefault(); if (cohort) void start.run(); }}>
          {error && <Note tone="bad" title="The run was not started">{error.message}</Note>}
          <Card title="Cohort">
            <div className="columns">
              <Select label="Cohort" value={cohort?.id ?? ''} onChange={event => setChosen(event.target.value)} wrong={wrongOf(error, 'cohortId')}>
                {cohorts.data.items.map(one => <option key={one.id} value={one.id}>{one.name}</option>)}
              </Select>
              <Input label="Name" value={fields.name ?? ''} onChange={set('name')} placeholder="after cohort, preset and time" wrong={wrongOf(error, 'name')} />
            </div>
            {cohort && (
              <div className="stack tight run-cohort">
                <p>{count(cohort.statistics.patients)} patients, {count(cohort.statistics.slides)} slides: {survival ? `${count(cohort.statistics.patientsWithEvent ?? 0)} patients with an event` : cohort.statistics.classes.map(c => `${count(c.rows)} ${c.name}`).join(', ')}. {count(cohort.slides.ready)} slides are ready{cohort.slides.processing > 0 && `, ${count(cohort.slides.processing)} at work; the run waits for them`}.</p>
                {missing > 0 && <Checkbox checked={flags.skipMissing} onChange={flag('skipMissing')}>Leave out the {count(missing)} slides that are missing or could not be prepared</Checkbox>}
                {cohort.statistics.problems.map(p => <Note key={p.sentence} tone="warn">{p.sentence}</Note>)}
              </div>
            )}
          </Card>
          <Card title="Method">
            <fieldset className="presets">
              <legend className="for-readers">Preset</legend>
              {presets.map(one => (
                <label key={one.id} className={preset === one.id ? 'preset on' : 'preset'}>
                  <input type="radio" name="preset" value={one.id} checked={preset === one.id} onChange={() => setPreset(one.id)} />
                  <span><strong>{one.name}</strong>{one.words}</span>
                </label>
              ))}
            </fieldset>
            {wrongOf(error, 'preset') && <Note tone="bad">{wrongOf(error, 'preset')}</Note>}
            <div className="columns">
              <Select label="Backbone" value={fields.backbone ?? ''} onChange={set('backbone')} wrong={wrongOf(error, 'backbone')}>
                {backbones.map(one => <option key={one.id} value={one.id}>{one.name}: {one.words}</option>)}
              </Select>
              <Select label="Encoder" value={fields.encoder ?? ''} onChange={set('encoder')} wrong={wrongOf(error, 'encoder')} hint="Slides without its features are encoded first">
                <option value="">{encoders.data?.find(e => e.chosen)?.id ?? 'the usual one'} (usual)</option>
                {encoders.data?.filter(e => !e.chosen).map(e => <option key={e.id} value={e.id}>{e.id}</option>)}
              </Select>
            </div>
          </Card>
          <Card title="Folds">
            <div className="run-numbers">
              <Input label="Folds" type="number" min={2} max={20} value={fields.folds} onChange={set('folds')} wrong={wrongOf(error, 'folds')} />
              <Input label="Seed" type="number" min={0} value={fields.seed} onChange={set('seed')} wrong={wrongOf(error, 'seed')} hint="same seed, same numbers" />
              <Input label="Validation share" type="number" min={0.05} max={0.5} step="any" value={fields.validationShare} onChange={set('validationShare')} wrong={wrongOf(error, 'validationShare')} />
            </div>
            <div className="stack tight">
              <Checkbox checked={flags.preserveSites} disabled={!cohort?.statistics.sites.length} onChange={flag('preserveSites')}>Keep each site whole: test slides come from sites never seen{!cohort?.statistics.sites.length && ' (the table names no sites)'}</Checkbox>
              {wrongOf(error, 'preserveSites') && <Note tone="bad">{wrongOf(error, 'preserveSites')}</Note>}
              {!survival && <Checkbox checked={flags.calibrate} onChange={flag('calibrate')}>Calibrate the probabilities on each fold&rsquo;s validation part</Checkbox>}
            </div>
          </Card>
          <details className="card" open={[...numbers.map(([field]) => field), 'search', 'student'].some(field => wrongOf(error, field)) || undefined}>
            <summary><h2>Single settings</h2> <span className="quiet">empty: as the preset has them</span></summary>
            <div className="stack">
              <div className="run-numbers">
                {offered.map(([field, words, min, max, step]) => (
                  <Input key={field} label={words} type="number" min={min} max={max} step={step} value={fields[field] ?? ''} onChange={set(field)} placeholder={usual[field] ?? 'preset'} hint={hints[field]} wrong={wrongOf(error, field)}
                    disabled={!masks && ofMhim.includes(field)} />
                ))}
              </div>
              <div className="columns">
                <Select label="Search for MHIM&rsquo;s settings" value={fields.search ?? ''} onChange={set('search')} wrong={wrongOf(error, 'search')} disabled={!masks} hint="the best on validation is taken, fold by fold; each try is a training">
                  {searches.map(one => <option key={one.id} value={one.id}>{one.name}</option>)}
                </Select>
                <Select label="MHIM&rsquo;s student starts from" value={fields.student ?? ''} onChange={set('student')} wrong={wrongOf(error, 'student')} disabled={!masks}>
                  {starts.map(one => <option key={one.id} value={one.id}>{one.name}</option>)}
                </Select>
              </div>
            </div>
          </details>
          <div className="row">
            <Button type="submit" kind="primary" icon="play" busy={start.busy} disabled={!cohort}>Start the run</Button>
            <LinkButton to="/runs">Cancel</LinkButton>
          </div>
        </form>
      )}
    </div>
  );
}
