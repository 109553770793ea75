import { Route, Switch } from 'wouter';
import { CohortList } from './CohortList';
import { CohortPage } from './CohortPage';
import './cohorts.css';

export default function Cohorts() {
  return (
    <Switch>
      <Route path="/cohorts" component={CohortList} />
      <Route path="/cohorts/:id">{({ id }) => <CohortPage key={id} id={id} />}</Route>
    </Switch>
  );
}
