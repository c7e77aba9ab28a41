import type { Me } from '@trellis/metamodel'
import type { Ref } from 'vue'

import {
  changePassword as savePassword,
  enterSecondStep,
  isApiError,
  loadMe,
  login,
} from '../api/index.ts'

/** What of a session coming in changes. */
export interface EntranceState {
  readonly me: Ref<Me | undefined>
  readonly isHalfway: Ref<boolean>
  readonly isExpired: Ref<boolean>
  readonly isAtTheDoor: Readonly<Ref<boolean>>
}

/** The ways in, each of which ends with somebody being there. */
export interface Entrance {
  /** Signs in, or gets half the way: then a code is asked for. */
  signIn: (email: string, password: string) => Promise<void>
  /** The other half of the way. */
  enterCode: (code: string) => Promise<void>
  /** Reads anew who is signed in, after something at the door was done. */
  comeAgain: () => Promise<void>
  changePassword: (current: string, replacement: string) => Promise<void>
}

export function openEntrance({ me, isHalfway, isExpired, isAtTheDoor }: EntranceState): Entrance {
  function come(who: Me): void {
    me.value = who
    isHalfway.value = false
    isExpired.value &&= isAtTheDoor.value
  }

  async function signIn(email: string, password: string): Promise<void> {
    try {
      come(await login(email, password))
    } catch (error) {
      if (!isApiError(error, 401) || error.code !== 'second_step_required') throw error
      isHalfway.value = true
    }
  }

  async function enterCode(code: string): Promise<void> {
    come(await enterSecondStep(code))
  }

  async function comeAgain(): Promise<void> {
    come(await loadMe())
  }

  async function changePassword(current: string, replacement: string): Promise<void> {
    await savePassword(current, replacement)
    await comeAgain()
  }

  return { signIn, enterCode, comeAgain, changePassword }
}
