import { message } from '../errors.ts'
import type { SchemaStep } from './schema-step.ts'
import { PHASES, type Stage } from './stage.ts'

/** One recorded step of a large publish: the stage, and what it belongs to. */
export type StagedStep = Pick<SchemaStep, 'object' | 'field' | 'table' | 'title'> & {
  kind: SchemaStep['kind'] | 'go_live'
  stage: Stage
}

type LiveStage = Extract<Stage, { does: 'activate' }>

const isLive = (stage: Stage): stage is LiveStage => stage.does === 'activate'

/** Made for all tables before the release is live, since what others are filled by may read them. */
const ALWAYS_FIRST: ReadonlySet<SchemaStep['kind']> = new Set(['create_table', 'add_column'])

/** Whether some step would hold up those who work on a large table. */
export function needsStages(
  steps: readonly SchemaStep[],
  isLarge: (table: string) => boolean,
): boolean {
  return steps.some((step) => step.class !== 'instant' && touchesLarge(step, isLarge))
}

function touchesLarge(
  { table, reads = [] }: SchemaStep,
  isLarge: (table: string) => boolean,
): boolean {
  return isLarge(table) || reads.some(isLarge)
}

/**
 * The steps of a plan as they are done while people work: each in its phase, and one in the middle that makes the
 * release live, with everything that is short. Pure.
 */
export function planStages(
  steps: readonly SchemaStep[],
  isLarge: (table: string) => boolean,
): StagedStep[] {
  const isStaged = (step: SchemaStep): boolean =>
    touchesLarge(step, isLarge) || ALWAYS_FIRST.has(step.kind)
  const live: LiveStage = { does: 'activate', phase: 'activate', locks: [], sql: [], checks: [] }
  const staged: StagedStep[] = []
  for (const step of steps) {
    const own = isStaged(step) ? step.stages : undefined
    const { kind, object, field, table, title } = step
    const head = { kind, object, table, title, ...(field === undefined ? {} : { field }) }
    if (own) staged.push(...own.filter((one) => !isLive(one)).map((stage) => ({ ...head, stage })))
    else live.sql.push(...step.sql)
    for (const { locks, sql, checks } of (step.stages ?? []).filter(isLive)) {
      live.checks.push(...checks)
      if (own) live.locks.push(...locks)
      if (own) live.sql.push(...sql)
    }
  }
  const goLive: StagedStep = {
    kind: 'go_live',
    object: '',
    table: '',
    title: message('Make the release live', '使版本生效'),
    // Everybody who needs several of them takes them in the same order.
    stage: { ...live, locks: [...new Set(live.locks)].toSorted() },
  }
  const rank = ({ stage }: StagedStep): number => PHASES.indexOf(stage.phase)
  return [...staged, goLive].toSorted((a, b) => rank(a) - rank(b))
}
