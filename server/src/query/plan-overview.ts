import type {
  Expression,
  FieldModel,
  Measure,
  ObjectModel,
  RecordPageDefinition,
  TypedExpression,
} from '@trellis/metamodel'

import type { Reader } from '../access/row-filter.ts'
import { RequestError } from '../errors.ts'
import { currencyPaths } from './currency-paths.ts'
import {
  isFailure,
  isReadable,
  resolveReadable,
  resolveShown,
  resolveSummed,
  type FieldPath,
} from './field-path.ts'
import { isTyped, planCondition } from './plan-condition.ts'
import { type ListPlan, planList } from './plan-list.ts'
import { componentQuery, type RelatedComponent, relatedComponents } from './related-components.ts'

type Fact = NonNullable<RecordPageDefinition['facts']>[number]

/** A number about records that refer to a record. */
export interface PlannedFigure {
  fn: Measure['fn']
  path: FieldPath | undefined
  condition: TypedExpression | undefined
}

/** A related list of a record page, with its count and its total. */
export interface PlannedList {
  component: RelatedComponent
  child: ObjectModel
  field: FieldModel
  plan: ListPlan
  columns: readonly string[]
  /** The count, and the total if there is one. */
  figures: readonly PlannedFigure[]
}

/** A key fact of a record page. */
export interface PlannedFact {
  fact: Fact
  child: ObjectModel
  field: FieldModel
  figure: PlannedFigure
}

/** What a record page shows besides the record itself, as far as the reader may see it. */
export interface OverviewPlan {
  object: ObjectModel
  lists: readonly PlannedList[]
  facts: readonly PlannedFact[]
}

const USUAL_ROWS = 5

/** Resolves a record page. What the reader may not see of it is left out: it is made for many. */
export function planOverview(reader: Reader, object: ObjectModel): OverviewPlan {
  return {
    object,
    lists: relatedComponents(object).flatMap((component) =>
      planComponent(reader, object, component),
    ),
    facts: (object.recordPage.definition.facts ?? []).flatMap((fact) =>
      planFact(reader, object, fact),
    ),
  }
}

function planComponent(
  reader: Reader,
  object: ObjectModel,
  component: RelatedComponent,
): PlannedList[] {
  const related = relatedOf(reader, object, component.relationship)
  if (!related) return []
  const { child, field } = related
  const columns = columnsOf(reader, child, { component, field })
  const query = {
    ...componentQuery(reader, child, component),
    select: [...columns, ...currencyPaths(reader, child, columns)],
    limit: component.limit ?? USUAL_ROWS,
  }
  const plan = attempt(() => planList(reader, child, { query, filters: [], failures: [] }))
  const total = component.total && planFigure(reader, child, component.total, component.where)
  const count = planFigure(reader, child, { fn: 'count' }, component.where)
  if (!plan || !count) return []
  return [{ component, child, field, plan, columns, figures: total ? [count, total] : [count] }]
}

function planFact(reader: Reader, object: ObjectModel, fact: Fact): PlannedFact[] {
  const related = relatedOf(reader, object, fact.relationship)
  const figure = related && planFigure(reader, related.child, fact.measure, fact.where)
  return related && figure ? [{ fact, ...related, figure }] : []
}

function relatedOf(
  { release, actor }: Reader,
  object: ObjectModel,
  name: string,
): { child: ObjectModel; field: FieldModel } | undefined {
  const relationship = object.relationships.get(name)
  const child = release.model.objects.get(relationship?.object ?? '')
  const field = child?.fields.get(relationship?.field ?? '')
  return child && field && isReadable({ release, actor }, field) ? { child, field } : undefined
}

function planFigure(
  reader: Reader,
  child: ObjectModel,
  { fn, field }: Measure,
  where: unknown,
): PlannedFigure | undefined {
  const resolve = fn === 'count' ? resolveReadable : resolveSummed
  const path =
    field === undefined ? undefined : resolve(reader, { object: child, place: '' }, field)
  const condition =
    where === undefined
      ? undefined
      : planCondition(reader, child, { place: '', expression: where as Expression })
  if ((path && isFailure(path)) || (condition && !isTyped(condition))) return undefined
  return { fn, path, condition }
}

/** The columns of a related list: those that were chosen, or else those of the object's first list view. */
function columnsOf(
  reader: Reader,
  child: ObjectModel,
  { component, field }: { component: RelatedComponent; field: FieldModel },
): string[] {
  const wanted = component.columns ?? child.listViews[0]?.definition.columns ?? ['name']
  const shown = wanted.filter(
    (path) => !isFailure(resolveShown(reader, { object: child, place: '' }, path)),
  )
  return shown.filter((path) => path !== (field.partOf ?? field.name))
}

function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof RequestError) return undefined
    throw error
  }
}
