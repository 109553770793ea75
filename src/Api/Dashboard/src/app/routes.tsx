import { lazy, Suspense } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { Empty, Loading } from '../ui/States';
import { LinkButton } from '../ui/Button';

// One bundle per page: what nobody opens is not sent.
const Worklist = lazy(() => import('../pages/worklist/Worklist'));
const Slides = lazy(() => import('../pages/slides/Slides'));
const SlidePage = lazy(() => import('../pages/slides/SlidePage'));
const Viewer = lazy(() => import('../pages/viewer/Viewer'));
const Cohorts = lazy(() => import('../pages/cohorts/Cohorts'));
const Runs = lazy(() => import('../pages/runs/Runs'));
const Models = lazy(() => import('../pages/models/Models'));
const Encoders = lazy(() => import('../pages/encoders/Encoders'));
const Jobs = lazy(() => import('../pages/jobs/Jobs'));
const Admin = lazy(() => import('../pages/admin/Admin'));

/** Which address shows what. A page with pages of its own (cohorts, runs …) has a Switch inside. The service knows the first words of these: DashboardPages.cs. */
export function Routes() {
  return (
    <Suspense fallback={<div className="page"><Loading lines={6} /></div>}>
      <Switch>
        <Route path="/"><Redirect to="/slides" replace /></Route>
        <Route path="/worklist" component={Worklist} />
        <Route path="/slides" component={Slides} />
        <Route path="/slides/:id">{({ id }) => <SlidePage id={id} />}</Route>
        <Route path="/view/:id">{({ id }) => <Viewer key={id} slideId={id} />}</Route>
        <Route path="/cohorts/*?" component={Cohorts} />
        <Route path="/runs/*?" component={Runs} />
        <Route path="/models/*?" component={Models} />
        <Route path="/encoders" component={Encoders} />
        <Route path="/jobs" component={Jobs} />
        <Route path="/admin/*?" component={Admin} />
        <Route>
          <div className="page">
            <Empty icon="search" title="There is no such page" actions={<LinkButton to="/slides">To the slides</LinkButton>}>
              The address may be mistyped, or from another version.
            </Empty>
          </div>
        </Route>
      </Switch>
    </Suspense>
  );
}
