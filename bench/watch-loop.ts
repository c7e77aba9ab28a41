/**
 * Runs inside a server under load (`--import`): tells the benchmark, whenever it asks, for how long the event loop was
 * held at most since it asked last, in milliseconds.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION_MS = 2
const held = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
held.enable()
process.on('message', () => {
  const most = held.max / 1e6 - RESOLUTION_MS
  held.reset()
  process.send?.(Math.max(0, Math.round(most)))
})
// A server ends when it is told to, whether somebody is still listening or not.
process.channel?.unref()
