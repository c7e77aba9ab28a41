import type { Random } from './random.ts'
import { GIVEN_FEMALE, GIVEN_MALE, SURNAMES } from './words/person-words.ts'

export interface Person {
  name: string
  surname: string
  gender: 'male' | 'female'
  /** The local part of an e-mail address, e.g. `wang.wei`. */
  mail: string
  mobile: string
}

/** Makes up a person. */
export function namePerson(random: Random): Person {
  const gender = random.chance(0.68) ? 'male' : 'female'
  const [surname, surnamePinyin] = random.pick(SURNAMES)
  const [given, givenPinyin] = random.pick(gender === 'male' ? GIVEN_MALE : GIVEN_FEMALE)
  return {
    name: surname + given,
    surname,
    gender,
    mail: `${surnamePinyin}.${givenPinyin}`,
    mobile: mobileNumber(random),
  }
}

/** A mobile number of the right form with a prefix that no network uses, so that it is nobody's. */
function mobileNumber(random: Random): string {
  const prefix = random.pick(['161', '163', '164', '168', '169'])
  return prefix + String(random.integer(0, 99_999_999)).padStart(8, '0')
}

const TITLES_IN_SPEECH: readonly (readonly [ending: string, spoken: string])[] = [
  ['工程师', '工'],
  ['副总经理', '总'],
  ['总经理', '总'],
  ['副总', '总'],
  ['总监', '总'],
  ['经理', '经理'],
  ['主管', '主管'],
  ['主任', '主任'],
  ['厂长', '厂长'],
  ['会计', '会计'],
]

/** How people are called at work: 王工, 李总, 陈经理; by their name where a title is not said. */
export function addressPerson({
  name,
  surname,
  title,
}: {
  name: string
  surname: string
  title: string
}): string {
  const spoken = TITLES_IN_SPEECH.find(([ending]) => title.endsWith(ending))?.[1]
  return spoken === undefined ? name : surname + spoken
}
