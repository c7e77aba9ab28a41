import { setTimeout as delay } from 'node:timers/promises'

import { type RawBuilder, sql } from 'kysely'
import { uuidv7 } from 'uuidv7'

import { asJson, type Database, type Queryable } from '../db/index.ts'
import { message, RequestError } from '../errors.ts'
import type { Release } from '../schema/release.ts'
import { FencedDatabase } from './fenced-database.ts'
import type { KeyRing } from './key-ring.ts'
import { Seal } from './seal.ts'

/** What an answer tells that is read anew for each repeat, as far as its caller may see it then. */
export type ToldThing =
  | {
      readonly record: { readonly object: string; readonly id: string; readonly version: number }
    }
  | { readonly approval: string }

/** An answer as it went over the wire. */
export interface KeptAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Empty where `tells` says what to read. */
  readonly body: Buffer
  readonly tells: ToldThing | null
  /** What the caller could see and do (SHA-256); null where the answer does not depend on it. */
  readonly access: Buffer | null
}

/** A request that may come again: whose it is, under which key, and what it asks (SHA-256). */
export interface RepeatableRequest {
  readonly userId: string
  readonly key: string
  readonly hash: Buffer
}

/** The right to carry out a request; whoever else asks the same meanwhile waits. */
export interface Claim extends RepeatableRequest {
  readonly id: string
}

const KEPT_HOURS = 24
// Longer than any request that is still alive should take to commit; one that takes longer loses
// its claim, and then cannot commit.
const CLAIM_SECONDS = 60
const WAIT_MS = 10_000

/**
 * The answers to requests that carried an idempotency key, in the tenant's `_idempotency`. Work that
 * was claimed commits together with a mark, so that even a crash between commit and answer never
 * leads to doing it twice.
 */
export class KeptAnswers {
  readonly #db: Database
  readonly #seal: Seal

  /** @param keys what is kept is sealed with. */
  constructor(db: Database, keys: KeyRing) {
    this.#db = db
    this.#seal = new Seal(keys, 'kept answers')
  }

  /**
   * Claims a request, or finds what it was answered before; waits while another attempt is at work.
   *
   * @param access what the caller may see and do now (SHA-256)
   * @throws RequestError `idempotency_mismatch` when the key was used for another request,
   *   `conflict` when the other attempt takes too long, its answer was lost, or the caller may not see the same as
   *   when it was given.
   */
  async claim(
    release: Release,
    request: RepeatableRequest,
    access: Buffer,
  ): Promise<Claim | KeptAnswer> {
    const claim = { ...request, id: uuidv7() }
    const deadline = performance.now() + WAIT_MS
    for (let pause = 20; ; pause = Math.min(pause * 2, 500)) {
      if (await this.#tryClaim(release, claim)) return claim
      const row = await this.#find(release, request)
      const answer = row === undefined ? undefined : await this.#answerOf(row, request)
      if (answer !== undefined) {
        // What is read anew is as new as what the caller may see.
        if (answer.tells === null && answer.access?.equals(access) === false) throw changedSince()
        return answer
      }
      if (performance.now() > deadline || row?.isLost === true) throw stillBusy(row)
      await delay(pause)
    }
  }

  /**
   * The database of a claimed request: its transactions commit only while the claim holds. Once
   * `isAnswered`, what goes on behind the answer needs no claim any more.
   */
  fence(release: Release, claim: Claim, isAnswered: () => boolean): Database {
    return new FencedDatabase(this.#db, async (transaction) => {
      if (isAnswered()) return
      const count = await transaction.execute(sql`
        update ${tableOf(release)} set committed_at = now() where ${isClaimed(claim)}`)
      if (count === 0) throw stillBusy(undefined)
    })
  }

  /** Keeps the answer of a claimed request for a day. */
  async keep(release: Release, claim: Claim, answer: KeptAnswer): Promise<void> {
    const body = await this.#seal.seal(answer.body, nameOf(claim))
    const tells = answer.tells === null ? null : asJson(answer.tells)
    await this.#db.execute(sql`
      update ${tableOf(release)} set status = ${answer.status}, access = ${answer.access},
        headers = ${asJson(answer.headers)}::jsonb, body = ${body}, tells = ${tells}::jsonb
      where ${isClaimed(claim)}`)
  }

  /** Gives up a claim whose work came to nothing; what was committed stays marked. */
  async release(release: Release, claim: Claim): Promise<void> {
    await this.#db.execute(sql`
      delete from ${tableOf(release)} where ${isClaimed(claim)} and committed_at is null`)
  }

  /** Seals with the newest key what was sealed with another. @returns how many there were */
  async reseal(release: Release): Promise<number> {
    const table = tableOf(release)
    const rows = await this.#db.query(sql<{ userId: string; key: string; body: Buffer }>`
      select user_id as "userId", key, body from ${table} where body is not null`)
    let count = 0
    for (const { userId, key, body } of rows) {
      const again = await this.#seal.reseal(body, nameOf({ userId, key }))
      if (again === undefined) continue
      count += await this.#db.execute(sql`
        update ${table} set body = ${again}
        where user_id = ${userId} and key = ${key} and body = ${body}`)
    }
    return count
  }

  async #tryClaim(release: Release, { userId, key, hash, id }: Claim): Promise<boolean> {
    const table = tableOf(release)
    const count = await this.#db.execute(sql`
      insert into ${table} as known (user_id, key, request_hash, claim)
      values (${userId}, ${key}, ${hash}, ${id})
      on conflict (user_id, key) do update set request_hash = excluded.request_hash,
        claim = excluded.claim, claimed_at = now(), created_at = now(),
        committed_at = null, status = null, headers = null, body = null,
        access = null, tells = null
      where known.created_at < now() - make_interval(hours => ${KEPT_HOURS})
        or (known.request_hash = excluded.request_hash and known.status is null
          and known.committed_at is null
          and known.claimed_at < now() - make_interval(secs => ${CLAIM_SECONDS}))`)
    return count > 0
  }

  async #find(release: Release, { userId, key }: RepeatableRequest): Promise<KeptRow | undefined> {
    const [row] = await this.#db.query(sql<KeptRow>`
      select request_hash as hash, status, headers, body, access, tells,
        committed_at is not null and status is null
          and claimed_at < now() - make_interval(secs => ${CLAIM_SECONDS}) as "isLost"
      from ${tableOf(release)} where user_id = ${userId} and key = ${key}`)
    return row
  }

  async #answerOf(row: KeptRow, request: RepeatableRequest): Promise<KeptAnswer | undefined> {
    if (!row.hash.equals(request.hash)) throw new RequestError('idempotency_mismatch')
    const { status, headers, body, access, tells } = row
    if (status === null || headers === null || body === null) return undefined
    return { status, headers, body: await this.#seal.open(body, nameOf(request)), tells, access }
  }
}

/** Removes the answers that are older than a day. */
export async function purgeAnswers(db: Queryable, release: Release): Promise<number> {
  return db.execute(sql`
    delete from ${tableOf(release)}
    where created_at < now() - make_interval(hours => ${KEPT_HOURS})`)
}

interface KeptRow {
  readonly hash: Buffer
  readonly status: number | null
  readonly headers: Record<string, string> | null
  readonly body: Buffer | null
  readonly access: Buffer | null
  readonly tells: ToldThing | null
  /** Carried out, but its process died before the answer was kept. */
  readonly isLost: boolean
}

function tableOf({ physical }: Release): RawBuilder<unknown> {
  return physical.systemTable('_idempotency')
}

function isClaimed({ userId, key, id }: Claim): RawBuilder<boolean> {
  return sql`user_id = ${userId} and key = ${key} and claim = ${id}`
}

function nameOf({ userId, key }: Pick<RepeatableRequest, 'userId' | 'key'>): string {
  return `${userId} ${key}`
}

function changedSince(): RequestError {
  return new RequestError('conflict', {
    detail: message(
      'The first request with this Idempotency-Key was carried out; what you may see has changed since, so its answer is not repeated',
      '使用此 Idempotency-Key 的首个请求已执行；由于您的访问权限已变更，不再重复其响应',
    ),
  })
}

function stillBusy(row: KeptRow | undefined): RequestError {
  if (row?.isLost !== true) {
    return new RequestError('conflict', {
      headers: { 'retry-after': '2' },
      detail: message(
        'The first request with this Idempotency-Key is still being carried out',
        '使用此 Idempotency-Key 的首个请求仍在处理中',
      ),
    })
  }
  return new RequestError('conflict', {
    detail: message(
      'The first request with this Idempotency-Key was carried out, but its answer was lost; read what it wrote',
      '使用此 Idempotency-Key 的首个请求已执行，但其响应已丢失，请查询结果',
    ),
  })
}
