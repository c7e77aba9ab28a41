import type { FastifyRequest } from 'fastify'

import type { Context } from '../access/context.ts'
import type { KeyRing } from '../access/key-ring.ts'
import type { Refusals } from '../audit/index.ts'
import type { PublishTarget } from '../catalog/index.ts'
import type { Config } from '../config.ts'
import type { Release } from '../schema/release.ts'

/** The release in force, followed as it moves on. */
export interface CurrentModel {
  readonly release: Release
  /** Whether a release has been loaded; before, `release` must not be asked for. */
  readonly ready: boolean
  /** Hears of every change of the release; returns what takes it back. */
  onChange(listener: (release: Release) => void): () => void
  /** Looks whether a newer release is in force and swaps to it. */
  refresh(): Promise<void>
}

/** Keys of the installation, at least 32 random bytes each. */
export interface Secrets {
  /** Signs the cursors of lists. */
  readonly cursorKey: Buffer
  /** Seal what the server keeps for itself: its answers, the secrets of authenticators. */
  readonly sealKeys: KeyRing
}

/** What the server stands on; made once at start. */
export interface Foundation {
  readonly config: Config
  readonly db: Context['db']
  readonly currentModel: CurrentModel
  /** Where metadata is published. */
  readonly target: PublishTarget
  readonly secrets: Secrets
}

/** What a route may use. */
export interface Services extends Foundation {
  /** What was refused without an error of its own, or is to be told apart from others. */
  readonly refusals: Refusals
  /**
   * Who asks, under which release, at what moment; the same for the whole request.
   *
   * @throws RequestError `not_signed_in` on a route that is open to everyone.
   */
  contextOf(request: FastifyRequest): Context
}
