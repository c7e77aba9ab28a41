import { useRouter } from 'vue-router'

/**
 * The way out of a page that is given up: back to where one came from inside of the product; a page that was
 * opened by its address alone has no such place and leads to `fallback`.
 */
export function useWayBack(fallback: () => string): () => void {
  const router = useRouter()
  return () => {
    const cameFrom: unknown = router.options.history.state['back']
    const isInside = typeof cameFrom === 'string' && !cameFrom.startsWith('/login')
    if (isInside) router.back()
    else void router.push(fallback())
  }
}
