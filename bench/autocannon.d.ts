// What the benchmark uses of autocannon, which brings no types.
declare module 'autocannon' {
  export interface LoadRequest {
    method: string
    path: string
    body?: string
  }

  export interface LoadOptions {
    url: string
    connections: number
    duration: number
    headers: Readonly<Record<string, string>>
    requests: readonly LoadRequest[]
  }

  export interface LoadResult {
    '2xx': number
    non2xx: number
    errors: number
    latency: { p50: number; p99: number }
  }

  function autocannon(options: LoadOptions): Promise<LoadResult>
  // oxlint-disable-next-line import/no-default-export -- as the package has it
  export default autocannon
}
