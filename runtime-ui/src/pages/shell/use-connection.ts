import { defineStore } from 'pinia'
import { ref } from 'vue'

/** Whether the server can be reached, as the last requests found. */
export const useConnection = defineStore('connection', () => {
  const isReachable = ref(true)

  function report(value: boolean): void {
    isReachable.value = value
  }

  return { isReachable, report }
})
