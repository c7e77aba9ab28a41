import type { Database, Transaction } from '../db/index.ts'
import type { Release } from '../schema/release.ts'
import type { Actor } from './actor.ts'

/** Why a record changed, as history tells it. */
export type Cause = 'user' | 'api_key' | 'import' | 'merge' | 'approval' | 'demo' | 'system'

/** What every request carries: who asks, under which release, through which connection, at what moment. */
export interface Context {
  /** Reads outside a transaction. */
  db: Database
  release: Release
  actor: Actor
  /** The moment of the request; one for all that it does. */
  now: Date
  requestId: string
  /** The network address that the request came from, if it came over a network. */
  address?: string
  cause: Cause
}

/** A context within one transaction; whatever is done with it is done or undone together. */
export interface WriteContext extends Context {
  tx: Transaction
}
