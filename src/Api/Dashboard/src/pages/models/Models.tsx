import { Route, Switch } from 'wouter';
import { ModelList } from './ModelList';
import { ModelPage } from './ModelPage';
import './models.css';

export default function Models() {
  return (
    <Switch>
      <Route path="/models" component={ModelList} />
      <Route path="/models/:id">{({ id }) => <ModelPage key={id} id={id} />}</Route>
    </Switch>
  );
}
