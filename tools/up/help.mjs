export const HELP = `npm run up [-- --reset]

Installs, builds, starts Postgres and Redis, migrates, and runs the gateway, a worker, the scheduler and the queue board
until Ctrl-C. What it makes is kept in DATA_DIR and is there again the next time.

  --reset   forget everything in DATA_DIR first: database, queues, keys, logs

Settings, from the environment or a file .env here (the environment wins):
  PORT 8000, WORKER_PORT 8011, SCHEDULER_PORT 8012, BOARD_PORT 5555
  HOST                  address that the services listen on (127.0.0.1)
  GATEWAY_REPLICAS      gateways, on PORT, PORT+1, … (1)
  DATA_DIR              where the state is (.data)
  DATABASE_URL          a Postgres of yours instead of the embedded one
  REDIS_URL             a Redis of yours; or QUEUE_REDIS_URL and CACHE_REDIS_URL
  GATEWAY_CONFIG        providers, models, tenants and keys (gateway.yaml when it exists, else a demo)
  OPENAI_API_KEY, OPENAI_BASE_URL, ANTHROPIC_API_KEY, GEMINI_API_KEY
                        providers to add to the demo
Every other setting of the services is passed on to them: docs/configuration.md has them all.`;
