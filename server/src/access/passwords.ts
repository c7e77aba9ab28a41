import { randomBytes, randomInt } from 'node:crypto'

import { hash, parseOptions, verify } from '@node-rs/argon2'

import { failure, type Failure, message } from '../errors.ts'
import { Turns } from './turns.ts'

/** Shortest and longest password that may be chosen. */
export const PASSWORD_LENGTH = { min: 12, max: 128 } as const

/** argon2id, the library's default; about 0.1 to 0.3 seconds and 64 MiB for each guess. */
const COST = { memoryCost: 65_536, timeCost: 3, parallelism: 1 } as const

// Two at once leave the other threads, and the memory of a small machine, to everything else.
const turns = new Turns(2, 200)

/** The form in which a password is kept; each call makes another one. */
export function hashPassword(password: string): Promise<string> {
  return turns.run(() => hash(normalize(password), COST))
}

/** Whether a password is the one that was hashed. */
export function verifyPassword(hashed: string, password: string): Promise<boolean> {
  return turns.run(() => verify(hashed, normalize(password)))
}

/** Whether a hash was made with another cost than today's, and should be made anew. */
export function isOutdated(hashed: string): boolean {
  const { memoryCost, timeCost, parallelism } = parseOptions(hashed)
  const isSame = memoryCost === COST.memoryCost && timeCost === COST.timeCost
  return !isSame || parallelism !== COST.parallelism
}

let decoy: Promise<string> | undefined

/** A hash that no password has: checked in place of a missing one, so that both take the same time. */
export function decoyHash(): Promise<string> {
  decoy ??= hashPassword(randomBytes(32).toString('base64'))
  return decoy
}

// The same word typed on another keyboard may come as other code points.
function normalize(password: string): string {
  return password.normalize('NFKC')
}

const EASY_CHARACTERS = 'abcdefghjkmnpqrstuvwxyz23456789'

function easyCharacter(): string {
  return EASY_CHARACTERS.charAt(randomInt(EASY_CHARACTERS.length))
}

/** A password to be handed over once: four groups of five letters and digits, 99 bits. */
export function makeOneTimePassword(): string {
  const characters = Array.from({ length: 20 }, easyCharacter).join('')
  return characters.replaceAll(/.{5}(?=.)/g, '$&-')
}

/**
 * Why a password may not be chosen; empty if it may.
 *
 * @example checkPassword('secret', { path: 'new', email: 'a@b.cn' }) // [{ path: 'new', code: 'too_short', … }]
 */
export function checkPassword(
  password: string,
  { path, email }: { path: string; email: string },
): Failure[] {
  const { min, max } = PASSWORD_LENGTH
  const letters = [...normalize(password)]
  const name = email.split('@')[0]?.toLowerCase() ?? ''
  const failures = []
  if (letters.length < min) {
    const text = message(`Must have at least ${min} characters`, `至少 ${min} 个字符`)
    failures.push(failure(path, 'too_short', text))
  }
  if (letters.length > max) {
    const text = message(`May have at most ${max} characters`, `最多 ${max} 个字符`)
    failures.push(failure(path, 'too_long', text))
  }
  const holdsName = name.length >= 4 && password.toLowerCase().includes(name)
  if (holdsName || new Set(letters).size < 5) {
    const text = message(
      'Too easy to guess: use at least five different characters, and not the e-mail address',
      '过于容易被猜到：请至少使用五个不同的字符，且不要包含邮箱名',
    )
    failures.push(failure(path, 'too_easy', text))
  }
  return failures
}
