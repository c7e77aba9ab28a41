import type {
  AggregateQuery,
  Bucket,
  ExpressionType,
  ObjectModel,
  SortSpec,
  TypedExpression,
} from '@trellis/metamodel'

import type { FieldPath } from './field-path.ts'

/** What records are grouped by. */
export interface GroupKey {
  /** The key in the answer: the path, or what it is called with `as`. */
  name: string
  path: FieldPath
  bucket: Bucket | undefined
}

/** What is measured of a group. */
export interface PlannedMeasure {
  name: string
  fn: MeasureFunction
  /** Undefined only for a plain count. */
  path: FieldPath | undefined
  type: ExpressionType
  /** An amount of money, told in the currency of the organization. */
  isMoney?: true
}

export type MeasureFunction = AggregateQuery['measures'][number]['fn']

/** Groups and measures of records, resolved against the model and what the reader may see. */
export interface AggregatePlan {
  object: ObjectModel
  groups: readonly GroupKey[]
  measures: readonly PlannedMeasure[]
  conditions: readonly TypedExpression[]
  having: TypedExpression | undefined
  /** By names of groups and measures. */
  sort: readonly SortSpec[]
  limit: number
  cursor: string | undefined
  /** As of a `ListPlan`. */
  shape: string
  binding: string
}
