import { createHash, randomBytes, randomInt } from 'node:crypto'

import { sql } from 'kysely'
import { Secret, TOTP } from 'otpauth'

import type { Database, Queryable } from '../db/index.ts'
import type { KeyRing } from './key-ring.ts'
import { Seal } from './seal.ts'
import type { UserOf } from './sign-in.ts'

/** What an authenticator is set up with. */
export interface NewFactor {
  /** To be typed by hand, in base 32. */
  readonly secret: string
  /** The same as an address that authenticators read: `otpauth://totp/…`. */
  readonly uri: string
}

/** How it stands with the second step of a user. */
export interface FactorState {
  readonly confirmedAt: string | null
  readonly recoveryCodesLeft: number
}

/** What was shown as the second step. */
export type ShownFactor = 'code' | 'recovery_code'

const ISSUER = 'Trellis'
const SECRET_BYTES = 20
const PERIOD_SECONDS = 30
// A phone's clock may be off by half a minute in either direction.
const WINDOW = 1
const RECOVERY_CODES = 10
const RECOVERY_ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'

/**
 * The authenticators of users (TOTP, RFC 6238: SHA-1, six digits, 30 seconds) and the recovery codes for those
 * who have lost theirs. Secrets are sealed, recovery codes hashed; a code is taken once.
 */
export class SecondFactors {
  readonly #db: Database
  readonly #seal: Seal

  constructor(db: Database, keys: KeyRing) {
    this.#db = db
    this.#seal = new Seal(keys, 'second factors')
  }

  /** How it stands with a user; undefined without an authenticator that works. */
  async stateOf({ tenant, userId }: UserOf): Promise<FactorState | undefined> {
    const [state] = await this.#db.query(sql<FactorState>`
      select f.confirmed_at as "confirmedAt", (select count(*)::int from platform.recovery_code as c
        where c.tenant = f.tenant and c.user_id = f.user_id and c.used_at is null)
        as "recoveryCodesLeft"
      from platform.second_factor as f
      where f.tenant = ${tenant} and f.user_id = ${userId} and f.confirmed_at is not null`)
    return state
  }

  /** Makes a secret for an authenticator; undefined where one is at work already. */
  async begin(user: UserOf, label: string): Promise<NewFactor | undefined> {
    const { tenant, userId } = user
    const secret = randomBytes(SECRET_BYTES)
    const sealed = await this.#seal.seal(secret, nameOf(user))
    const count = await this.#db.execute(sql`
      insert into platform.second_factor as f (tenant, user_id, secret)
      values (${tenant}, ${userId}, ${sealed})
      on conflict (tenant, user_id) do update
        set secret = excluded.secret, created_at = now(), last_step = 0
        where f.confirmed_at is null`)
    if (count === 0) return undefined
    const totp = totpOf(secret, label)
    return { secret: totp.secret.base32, uri: totp.toString() }
  }

  /** Puts the authenticator to work whose code is shown; answers the recovery codes, told only here. */
  async confirm(tx: Queryable, user: UserOf, code: string): Promise<string[] | undefined> {
    if (!(await this.#takeCode(tx, user, { code, isConfirmed: false }))) return undefined
    const { tenant, userId } = user
    await tx.execute(sql`
      update platform.second_factor set confirmed_at = now()
      where tenant = ${tenant} and user_id = ${userId}`)
    return this.renewRecoveryCodes(tx, user)
  }

  /** Takes a code of the authenticator or a recovery code; undefined if it is neither, or was taken before. */
  async take(tx: Queryable, user: UserOf, shown: string): Promise<ShownFactor | undefined> {
    const code = shown.replaceAll(/[\s-]/g, '').toLowerCase()
    if (/^\d{6}$/.test(code)) {
      return (await this.#takeCode(tx, user, { code, isConfirmed: true })) ? 'code' : undefined
    }
    const { tenant, userId } = user
    const count = await tx.execute(sql`
      update platform.recovery_code set used_at = now()
      where tenant = ${tenant} and user_id = ${userId} and code_hash = ${digest(code)}
        and used_at is null`)
    return count > 0 ? 'recovery_code' : undefined
  }

  /** Makes ten recovery codes in place of those there were. */
  async renewRecoveryCodes(tx: Queryable, { tenant, userId }: UserOf): Promise<string[]> {
    const codes = Array.from({ length: RECOVERY_CODES }, makeRecoveryCode)
    const hashes = codes.map((code) => digest(code.replaceAll('-', '')))
    await tx.execute(sql`
      delete from platform.recovery_code where tenant = ${tenant} and user_id = ${userId}`)
    await tx.execute(sql`
      insert into platform.recovery_code (tenant, user_id, code_hash)
      select ${tenant}, ${userId}, hash from unnest(${hashes}::bytea[]) as hash`)
    return codes
  }

  /** Takes the second step away; false if there was none. */
  async remove(tx: Queryable, { tenant, userId }: UserOf): Promise<boolean> {
    const rows = await tx.query(sql<{ isConfirmed: boolean }>`
      delete from platform.second_factor where tenant = ${tenant} and user_id = ${userId}
      returning confirmed_at is not null as "isConfirmed"`)
    return rows[0]?.isConfirmed === true
  }

  /** Seals with the newest key what was sealed with another. @returns how many there were */
  async reseal(): Promise<number> {
    const rows = await this.#db.query(sql<UserOf & { secret: Buffer }>`
      select tenant, user_id as "userId", secret from platform.second_factor`)
    let count = 0
    for (const { secret, ...user } of rows) {
      const again = await this.#seal.reseal(secret, nameOf(user))
      if (again === undefined) continue
      // Who sets up another authenticator meanwhile has sealed it anew.
      count += await this.#db.execute(sql`
        update platform.second_factor set secret = ${again}
        where tenant = ${user.tenant} and user_id = ${user.userId} and secret = ${secret}`)
    }
    return count
  }

  async #takeCode(
    tx: Queryable,
    user: UserOf,
    { code, isConfirmed }: { code: string; isConfirmed: boolean },
  ): Promise<boolean> {
    const { tenant, userId } = user
    const [row] = await tx.query(sql<{ secret: Buffer }>`
      select secret from platform.second_factor where tenant = ${tenant} and user_id = ${userId}
        and (confirmed_at is not null) = ${isConfirmed}`)
    if (row === undefined) return false
    const timestamp = Date.now()
    const totp = totpOf(await this.#seal.open(row.secret, nameOf(user)), '')
    const delta = totp.validate({ token: code, timestamp, window: WINDOW })
    if (delta === null) return false
    const step = Math.floor(timestamp / 1000 / PERIOD_SECONDS) + delta
    // Whoever looked over a shoulder comes second, even within the same half minute.
    const count = await tx.execute(sql`
      update platform.second_factor set last_step = ${step}
      where tenant = ${tenant} and user_id = ${userId} and last_step < ${step}`)
    return count > 0
  }
}

function totpOf(secret: Buffer, label: string): TOTP {
  return new TOTP({
    issuer: ISSUER,
    label,
    period: PERIOD_SECONDS,
    secret: new Secret({ buffer: new Uint8Array(secret).buffer }),
  })
}

/** Sixteen letters and digits, 79 bits: `k7wq-9xnd-4m2r-8hvt`. */
function makeRecoveryCode(): string {
  const letters = Array.from({ length: 16 }, () =>
    RECOVERY_ALPHABET.charAt(randomInt(RECOVERY_ALPHABET.length)),
  )
  return letters.join('').replaceAll(/.{4}(?=.)/g, '$&-')
}

function nameOf({ tenant, userId }: UserOf): string {
  return `platform.second_factor ${tenant} ${userId} secret`
}

function digest(code: string): Buffer {
  return createHash('sha256').update(code).digest()
}
