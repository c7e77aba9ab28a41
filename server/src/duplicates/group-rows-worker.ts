import { parentPort, workerData } from 'node:worker_threads'

import { groupRows, type TextTable } from './score-duplicates.ts'

// A thread of its own: comparing takes nothing but time, which requests must not wait for.
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
parentPort?.postMessage(groupRows(workerData as TextTable))
