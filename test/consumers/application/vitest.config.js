export default { test: { include: ['app.test.ts'], globals: true } }
