import { Route, Switch } from 'wouter';
import { NewRun } from './NewRun';
import { RunList } from './RunList';
import { RunPage } from './RunPage';
import './runs.css';

export default function Runs() {
  return (
    <Switch>
      <Route path="/runs" component={RunList} />
      <Route path="/runs/new" component={NewRun} />
      <Route path="/runs/:id">{({ id }) => <RunPage key={id} id={id} />}</Route>
    </Switch>
  );
}
