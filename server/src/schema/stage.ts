import type { Message } from '@trellis/metamodel'

/** The order of a large publish: what goes in later phases builds on what earlier ones have made. */
export const PHASES = ['expand', 'backfill', 'prove', 'activate', 'contract'] as const
export type Phase = (typeof PHASES)[number]

/**
 * One part of a step on a large table. Everything is text, since it is kept in the database: any process goes on
 * with it after a crash. `undo` takes it back when the publish is called off.
 */
export type Stage =
  | {
      /** Short DDL in one transaction that waits for a lock for a moment only, and tries again. */
      does: 'run'
      phase: Exclude<Phase, 'activate'>
      sql: string[]
      undo: string[]
      /** So long after the release is live: requests that began before it have ended then. */
      afterMs?: number
    }
  | {
      /** Rows by key ranges; the cursor is saved in the transaction of each batch. */
      does: 'fill'
      phase: Exclude<Phase, 'activate'>
      fill: Fill
      undo: string[]
      afterMs?: number
    }
  | {
      /** An index built while rows are written; one that was left invalid is dropped first. */
      does: 'index'
      phase: 'expand' | 'prove'
      name: string
      /** `CREATE INDEX CONCURRENTLY "name" ON …`. */
      sql: string
      undo: string[]
    }
  | {
      /** A look at every row that blocks nobody: `ALTER TABLE … VALIDATE CONSTRAINT`. Twice does no harm. */
      does: 'validate'
      phase: 'prove' | 'contract'
      sql: string
      undo: string[]
    }
  | {
      /** Part of the transaction that makes the release live: locks, then statements, then what must be true by now. */
      does: 'activate'
      phase: 'activate'
      locks: string[]
      sql: string[]
      checks: Check[]
    }

/** Rows that would be wrong in the release to come; none may be there when it goes live. */
export interface Check {
  /** Answers one row with `total`. Under the lock that keeps it true, so an index must make it short. */
  sql: string
  message: Message
}

/** What a table's rows get. */
export interface Fill {
  /** Quoted, with its schema. */
  table: string
  /** What stands after SET, over the row `t`: `"total" = (select …)`. */
  set: string
  /** Which rows `t`; all of them if left out. */
  where?: string
  /** What the history of each record says: the field, and SQL over `t` before it is written. */
  history?: { table: string; object: string; field: string; old: string; new: string }
}
