export default { test: { include: ['consumer.test.js'] } }
