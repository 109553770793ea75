import { Link } from 'wouter';
import type { Run } from '../../api/types';
import { Card, Facts } from '../../ui/Layout';
import { count, moment } from '../../ui/words';
import { methodOf, nameOf, searches, starts } from './names';

const usual = <span className="quiet">as the preset has it</span>;

/** All that the run was asked for. */
export function RunSettingsCard({ run }: { run: Run }) {
  const { settings } = run;
  return (
    <div className="columns">
      <Card title="What was asked for">
        <Facts items={[
          ['Cohort', <Link key="c" href={`/cohorts/${run.cohortId}`}>{run.cohortName}</Link>],
          ['Slides', `${count(settings.slides ?? 0)}${settings.slidesLeftOut ? `, ${count(settings.slidesLeftOut)} left out` : ''}`],
          ['Features', run.variant],
          ['Method', methodOf(run)],
          ['Folds', `${settings.folds}, by ${settings.preserveSites ? 'site' : 'patient'}, seed ${settings.seed}`],
          ['Validation share', settings.validationShare],
          ['Calibrated', settings.calibrate ? 'yes, by temperature' : 'no'],
          ['Asked for', moment(run.createdAt)],
          ['Ended', run.finishedAt && moment(run.finishedAt)],
        ]} />
      </Card>
      <Card title="Single settings">
        <Facts items={[
          ['Epochs at most', settings.epochs ?? usual], ['Learning rate', settings.learningRate ?? usual], ['Weight decay', settings.weightDecay ?? usual], ['Width', settings.width ?? usual],
          ['Dropout', settings.dropout ?? usual], ['Mask ratio', settings.maskRatio ?? usual], ['Keep ratio', settings.keepRatio ?? usual], ['Consistency weight', settings.consistency ?? usual],
          ['Restarts', settings.restarts ?? 0], ['Learning rate of MHIM', settings.mhimLr ?? usual], ['Search', nameOf(searches, settings.search)], ['Student starts from', settings.student ? nameOf(starts, settings.student) : usual],
          ...(settings.survivalAlpha == null ? [] : [['Survival α', settings.survivalAlpha] as [string, number]]),
        ]} />
      </Card>
    </div>
  );
}
