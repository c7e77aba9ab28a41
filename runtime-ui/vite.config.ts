import { defineConfig } from 'vite'

import { uiPlugins } from './vite-plugins.ts'

const server = process.env['TRELLIS_SERVER'] ?? 'http://127.0.0.1:3000'

export default defineConfig({
  base: '/',
  plugins: uiPlugins(),
  resolve: { dedupe: ['vue', 'vue-i18n', 'element-plus'] },
  server: { port: 5173, proxy: { '/api': { target: server, changeOrigin: false } } },
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2022', reportCompressedSize: true },
})
