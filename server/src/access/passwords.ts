import { randomBytes, randomInt } from 'node:crypto'

import { hash, parseOptions, verify } from '@node-rs/argon2'

import { Turns } from './turns.ts'

/** argon2id, the library's default; about 0.1 to 0.3 seconds and 64 MiB for each guess. */
const COST = { memoryCost: 65_536, timeCost: 3, parallelism: 1 } as const

// Two at once leave the other threads, and the memory of a small machine, to everything else.
const turns = new Turns(2, 200)

/** The form in which a password is kept; each call makes another one. */
export function hashPassword(password: string): Promise<string> {
  return turns.run(() => hash(normalizePassword(password), COST))
}

/** Whether a password is the one that was hashed. */
export function verifyPassword(hashed: string, password: string): Promise<boolean> {
  return turns.run(() => verify(hashed, normalizePassword(password)))
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

/** The same word typed on another keyboard may come as other code points; this is the one that counts. */
export function normalizePassword(password: string): string {
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
