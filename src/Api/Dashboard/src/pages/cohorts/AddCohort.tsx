import { useEffect, useState } from 'react';
import { post } from '../../api/client';
import type { Cohort } from '../../api/types';
import { useAction } from '../../api/useAction';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Checkbox, Input, Select, wrongOf } from '../../ui/Field';
import { Note } from '../../ui/States';

const columns = [['patientColumn', 'Patient'], ['slideColumn', 'Slide'], ['labelColumn', 'Class'], ['timeColumn', 'Survival time'], ['eventColumn', 'Event observed (1)'], ['censorColumn', 'Censored (1)'], ['siteColumn', 'Site']] as const;

/** The head of a table, to choose columns by name. */
async function headOf(file: File) {
  const first = (await file.slice(0, 64_000).text()).split(/\r?\n/, 1)[0] ?? '';
  const split = first.includes('\t') ? '\t' : first.includes(';') && !first.includes(',') ? ';' : ',';
  return first.replace(/^\uFEFF/, '').split(split).map(name => name.trim().replace(/^"|"$/g, '')).filter(Boolean);
}

/** A label table from a file: how it is to be read is asked only where somebody wants to say it, or the service could not tell. */
export function AddCohort({ files, onClose, onDone }: { files: File[]; onClose: () => void; onDone: (cohort: Cohort) => void }) {
  const [file, setFile] = useState<File | undefined>(files[0]);
  const [slideTable, setSlideTable] = useState<File>();
  const [names, setNames] = useState<string[]>([]);
  const [fields, setFields] = useState<Record<string, string>>({ name: files[0]?.name.replace(/\.[^.]+$/, '') ?? '' });
  const [checked, setChecked] = useState(false);
  const set = (field: string) => (event: { target: { value: string } }) => setFields(old => ({ ...old, [field]: event.target.value }));
  const take = (one: File | undefined) => {
    setFile(one);
    if (!one) return;
    setFields(old => ({ ...old, name: old.name || one.name.replace(/\.[^.]+$/, '') }));
    void headOf(one).then(setNames);
  };
  useEffect(() => {
    if (files[0]) void headOf(files[0]).then(setNames);
  }, [files]);
  const send = useAction(async () => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) if (value) form.append(name, value);
    if (checked) form.append('polarityChecked', 'true');
    form.append('file', file!);
    if (slideTable) form.append('slideTable', slideTable);
    onDone(await post('/api/v1/cohorts', { body: form as never }) as Cohort);
  }, { quiet: true });
  const asked = Object.keys(send.error?.fields ?? {}).filter(field => columns.some(([name]) => name === field) || ['task', 'bagPer', 'classes', 'polarityChecked', 'slideTable'].includes(field));
  return (
    <Dialog
      title="Add a label table" wide onClose={onClose} onSubmit={() => file && void send.run()}
      footer={<><Button onClick={onClose}>Cancel</Button><Button type="submit" kind="primary" busy={send.busy} disabled={!file}>Read it</Button></>}
    >
      {send.error && <Note tone="bad" title="It was not understood">{[send.error.message, ...Object.values(send.error.fields).flat().filter(s => !send.error!.message.includes(s))].join(' ')}</Note>}
      <div className="columns">
        <Input label="Label table" type="file" accept=".csv,.tsv,.txt,text/csv" wrong={wrongOf(send.error, 'file')} hint={file ? `${file.name}, ${names.length} columns` : 'CSV or tab-separated text'} onChange={event => take(event.target.files?.[0] ?? file)} />
        <Input label="Name" value={fields.name} onChange={set('name')} wrong={wrongOf(send.error, 'name')} hint="What people shall call it" />
      </div>
      <details className="cohort-reading" open={asked.length > 0 || undefined}>
        <summary>How to read it (found out by itself as a rule)</summary>
        <div className="cohort-fields">
          <Select label="What it tells" value={fields.task ?? ''} onChange={set('task')} wrong={wrongOf(send.error, 'task')}>
            <option value="">find out</option>
            <option value="classification">classes</option>
            <option value="survival">survival</option>
          </Select>
          <Select label="One bag is" value={fields.bagPer ?? ''} onChange={set('bagPer')} wrong={wrongOf(send.error, 'bagPer')}>
            <option value="">find out</option>
            <option value="slide">a slide</option>
            <option value="patient">all slides of a patient</option>
          </Select>
          {columns.map(([field, words]) => (
            <Select key={field} label={words} value={fields[field] ?? ''} onChange={set(field)} wrong={wrongOf(send.error, field)}>
              <option value="">find out</option>
              {names.map(name => <option key={name}>{name}</option>)}
            </Select>
          ))}
          <Input label="Classes, in their order" value={fields.classes ?? ''} placeholder="low,medium,high" hint="Of two the second is the positive one; of more kappa takes them for grades" wrong={wrongOf(send.error, 'classes')} onChange={set('classes')} />
          <Input label="Second table with slides" type="file" hint="Only where the first has patients and no slides" wrong={wrongOf(send.error, 'slideTable')} onChange={event => setSlideTable(event.target.files?.[0])} />
        </div>
        <Checkbox checked={checked} onChange={event => setChecked(event.target.checked)}>I have checked what 1 means in the event or censor column; believe it although the times speak against it.</Checkbox>
      </details>
    </Dialog>
  );
}
