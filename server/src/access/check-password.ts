import { type OptionsType, ZxcvbnFactory, type ZxcvbnResult } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common'

import { failure, type Failure, message } from '../errors.ts'
import { normalizePassword } from './passwords.ts'

/** Shortest and longest password that may be chosen. */
const LENGTH = { min: 12, max: 128 } as const

/** For whom a password is chosen, and where the answer names it. */
export interface PasswordPlace {
  readonly path: string
  readonly email: string
  readonly name?: string
}

// Fewer guesses than a hundred million: within reach of whoever holds the hash.
const LEAST_SCORE = 3
const SHORTEST_NAME = 4
const STOLEN = 'passwords-common'

/**
 * Why a password may not be chosen; empty if it may. There are no rules of composition: what counts is how many
 * guesses it takes, judged with a list of 49,000 passwords that were stolen elsewhere, and without a network.
 *
 * @example checkPassword('secret', { path: 'new', email: 'a@b.cn' }) // [{ path: 'new', code: 'too_short', … }]
 */
export function checkPassword(password: string, place: PasswordPlace): Failure[] {
  const normal = normalizePassword(password)
  const { min, max } = LENGTH
  const count = [...normal].length
  const { path } = place
  if (count > max) {
    const text = message(`May have at most ${max} characters`, `最多 ${max} 个字符`)
    return [failure(path, 'too_long', text)]
  }
  const guessable = findGuess(normal, place)
  if (count >= min) return guessable
  const text = message(`Must have at least ${min} characters`, `至少 ${min} 个字符`)
  return [failure(path, 'too_short', text), ...guessable]
}

function findGuess(password: string, { path, email, name = '' }: PasswordPlace): Failure[] {
  const personal = personalWords(email, name)
  const lower = password.toLowerCase()
  if (personal.some((word) => lower.includes(word))) {
    const text = message(
      'Must not contain your e-mail address or your name',
      '不能包含您的邮箱或姓名',
    )
    return [failure(path, 'too_personal', text)]
  }
  const result = estimator().check(password, personal)
  if (result.score >= LEAST_SCORE) return []
  if (isStolen(result)) {
    const text = message(
      'Appears in lists of stolen passwords; choose another one',
      '出现在已泄露的密码库中，请换一个',
    )
    return [failure(path, 'breached', text)]
  }
  return [failure(path, 'too_easy', whyEasy(result))]
}

/** The words by which somebody is known, in small letters. */
function personalWords(email: string, name: string): string[] {
  const [local = ''] = email.split('@')
  const words = [email, local, name, ...name.split(/\s+/)].map((word) => word.toLowerCase().trim())
  // A Chinese name has two letters; two of another script are in every password.
  return words.filter((word) => word.length >= SHORTEST_NAME || /^\p{Script=Han}{2,}$/u.test(word))
}

let known: ZxcvbnFactory | undefined

function estimator(): ZxcvbnFactory {
  const options: OptionsType = { dictionary, graphs: adjacencyGraphs, maxLength: LENGTH.max }
  known ??= new ZxcvbnFactory(options)
  return known
}

/** Whether the whole of it is one stolen password, perhaps with letters exchanged. */
function isStolen({ sequence }: ZxcvbnResult): boolean {
  const [only, ...more] = sequence
  return only?.['dictionaryName'] === STOLEN && more.length === 0
}

const REASONS = {
  repeat: message('repeats the same characters', '重复了相同的字符'),
  sequence: message('is a sequence such as abc or 123', '是 abc、123 之类的连续字符'),
  spatial: message('follows the keys of a keyboard', '是键盘上相邻的按键'),
  dictionary: message('is made of passwords that many people use', '由常见密码组成'),
} as const

function whyEasy({ sequence }: ZxcvbnResult): Failure['message'] {
  const patterns = new Set<string>(sequence.map(({ pattern }) => pattern))
  const found = Object.entries(REASONS).find(([pattern]) => patterns.has(pattern))?.[1]
  const { 'en-US': en, 'zh-CN': zh } = found ?? message('is easy to guess', '容易被猜到')
  return message(
    `Too easy to guess: it ${en}. A few unrelated words are better`,
    `过于容易被猜到：${zh}。建议使用几个互不相关的词`,
  )
}
