import type { Message } from '@trellis/metamodel'

import type { AuditCaller } from '../audit/index.ts'
import type { AssignedNames } from '../schema/assign-names.ts'
import type { Phase, Stage } from '../schema/stage.ts'
import type { Layers } from './layers.ts'

/** What is to be in force when a large publish is live, as it is kept while it is under way. */
export interface PublishAim {
  next: Layers
  names: AssignedNames
  rolledBackTo: number | null
  caller: AuditCaller | null
}

/** A session of the database that holds what a publish waits for. */
export interface Blocker {
  pid: number
  /** When its statement began. */
  since: string | null
  state: string | null
  application: string
}

/** A publish that is done in steps, because tables are large. */
export interface PublishJob {
  id: string
  changeSet: string | null
  label: string
  status: 'running' | 'halted' | 'aborting' | 'done' | 'aborted'
  baseRelease: number
  release: number | null
  liveAt: string | null
  orderedBy: string | null
  orderedAt: string
  finishedAt: string | null
  runner: string | null
  error: string | null
  blockers: readonly Blocker[]
}

/** One of its steps. */
export interface JobStep {
  position: number
  phase: Phase
  kind: string
  object: string
  field: string | null
  title: Message
  status: 'pending' | 'running' | 'done' | 'undone'
  cursor: string | null
  done: number
  total: number
  startedAt: string | null
  finishedAt: string | null
  stage: Stage
}

/** Maps and sets as lists, for JSON. */
export function storedAim({ names, next, ...rest }: PublishAim): object {
  const { tables, columns, restored, ...more } = names
  return {
    ...rest,
    next: {
      ...next,
      // In JSON a removal would be no value at all, and so no patch.
      patches: next.patches.map(({ value, ...patch }) =>
        value === undefined ? patch : { ...patch, value },
      ),
    },
    names: { ...more, tables: [...tables], columns: [...columns], restored: [...restored] },
  }
}

/** The aim as it was stored. */
export function readAim(stored: unknown): PublishAim {
  const { names, caller, next, ...rest } = stored as StoredAim
  return {
    ...rest,
    next: {
      ...next,
      patches: next.patches.map((patch) => ({ ...patch, value: patch.value })),
    },
    caller: caller && { ...caller, at: new Date(caller.at) },
    names: {
      ...names,
      tables: new Map(names.tables),
      columns: new Map(names.columns),
      restored: new Set(names.restored),
    },
  }
}

interface StoredAim extends Omit<PublishAim, 'names' | 'caller'> {
  caller: (Omit<AuditCaller, 'at'> & { at: string }) | null
  names: Omit<AssignedNames, 'tables' | 'columns' | 'restored'> & {
    tables: [string, string][]
    columns: [string, string][]
    restored: string[]
  }
}
