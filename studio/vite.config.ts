import { defineConfig } from 'vite'

import { uiPlugins } from '../runtime-ui/vite-plugins.ts'

const server = process.env['TRELLIS_SERVER'] ?? 'http://127.0.0.1:3000'

export default defineConfig({
  base: '/studio/',
  plugins: uiPlugins(),
  resolve: {
    dedupe: ['vue', 'vue-i18n', 'vue-router', 'pinia', 'element-plus', '@tanstack/vue-query'],
  },
  server: { port: 5174, proxy: { '/api': { target: server, changeOrigin: false } } },
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2022', reportCompressedSize: true },
})
