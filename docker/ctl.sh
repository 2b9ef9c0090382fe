#!/bin/sh
exec node /app/dist/apps/ctl/main.js "$@"
