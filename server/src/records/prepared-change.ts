import type { Message } from '@trellis/metamodel'

import type { PlannedDuplicateRule } from '../duplicates/choose-duplicate-rules.ts'
import type { RecordChange } from '../effects/record-change.ts'
import type { CreateRequest, UpdateRequest } from '../effects/record-request.ts'
import { type ErrorCode, type Failure, refuse, RequestError } from '../errors.ts'

/** One request on its way through the order of execution, with everything that was found wrong with it. */
export class PreparedChange {
  readonly request: CreateRequest | UpdateRequest
  /** Undefined once the request cannot go on. */
  change: RecordChange | undefined
  readonly failures: Failure[] = []
  /** By which rules twins of it are looked for before it is written. */
  duplicateRules: readonly PlannedDuplicateRule[] = []
  #stopped: RequestError | undefined

  constructor(request: CreateRequest | UpdateRequest) {
    this.request = request
  }

  /** Ends this request with one reason that makes all others idle. The first one counts. */
  stop(code: ErrorCode, path: string, text: Message): void {
    this.end(refuse(code, path, text))
  }

  end(error: RequestError): void {
    this.#stopped ??= error
    this.change = undefined
  }

  /** Why it was refused; undefined if nothing stands against it. */
  get error(): RequestError | undefined {
    if (this.#stopped) return this.#stopped
    return this.failures.length > 0
      ? new RequestError('validation_failed', { failures: this.failures })
      : undefined
  }
}
