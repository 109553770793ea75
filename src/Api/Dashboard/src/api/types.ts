import type { components } from './schema';

type Schemas = components['schemas'];
export type Slide = Schemas['SlideDto'];
export type SlideDetails = Schemas['SlideDetailsDto'];
export type SlideState = Schemas['SlideState'];
export type Job = Schemas['JobDto'];
export type JobState = Schemas['JobState'];
export type Prediction = Schemas['PredictionDto'];
export type Model = Schemas['ModelDto'];
export type Cohort = Schemas['CohortDto'];
export type Run = Schemas['RunDto'];
export type Encoder = Schemas['EncoderDto'];
export type Key = Schemas['KeyDto'];
export type Audit = Schemas['AuditDto'];
export type Role = Schemas['Role'];
export type Me = Schemas['MeDto'];

/** A page of a list. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

export type CohortSlide = Schemas['CohortSlideDto'];
export type CohortSurvival = Schemas['CohortSurvivalDto'];
export type Splits = Schemas['SplitsDto'];
export type SurvivalGroup = Schemas['SurvivalGroup'];
export type RunState = Schemas['RunState'];
export type FoldCurve = Schemas['FoldCurve'];
export type RunFigures = Schemas['RunFiguresDto'];
export type ModelFigures = Required<Schemas['ModelFigures']>;
export type WrongCase = Schemas['WrongCase'];
export type RunAgainst = Schemas['RunComparisonDto'];
export type WorklistItem = Schemas['WorklistItemDto'];
export type Opinion = Schemas['OpinionDto'];
export type System = Schemas['SystemDto'];

/** The metrics of a run, as /runs/{id}/results has them. */
export interface Metric {
  name: string;
  title: string;
  average: string;
  value: number | null;
  low: number | null;
  high: number | null;
  higherIsBetter: boolean;
  meanOfFolds?: number;
  /** Over how many folds that mean is: those that hold every class. */
  foldsInMean?: number;
}
export interface RunResults {
  task: string;
  models: { name: string; cases: number; patients: number; pooled: Metric[]; folds: { fold: number; cases: number; metrics: Metric[] }[] }[];
  comparisons: { model: string; against: string; metric: string; difference: number | null; low: number | null; high: number | null; pairedBootstrapP: number | null; deLongP: number | null; foldsDifference?: number | null; foldsInMean?: number; folds?: number }[];
}
