#!/bin/sh
# Instructions of one request, counted by callgrind: free of noise, and slow. Wants valgrind, and a folder that
# `trials/speed/run.py --folder` filled: sh trials/speed/callgrind.sh FOLDER [product|floor] ["quiz page"]
set -eu
folder=$1 server=${2:-product} action=${3:-save}
cd "$(dirname "$0")/.."
if [ "$server" = product ]; then
	module=config.wsgi
	export SECRET_KEY="a benchmark on loopback only; a benchmark on loopback only; a benchmark on loopback only; "
	export ALLOWED_HOSTS=127.0.0.1 HTTPS=0 LOG_LEVEL=ERROR DATA_DIR="$folder" STATIC_ROOT="$folder/static"
else
	module=trials.speed.floor.wsgi
	export RUBRIC="$folder/ladder.json"
fi
export DATABASE_URL="sqlite:///$folder/$server.sqlite3" PYTHONHASHSEED=0
count() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null .venv/bin/python -m trials.speed.repeat \
		"$folder/$server.json" "$module" "$action" "$1" 2>&1 | sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}
# The difference of two runs is what the requests between them took; all else is in both.
few=$(count 5) many=$(count 15)
echo "$server, $action: $(((many - few) / 10)) instructions a request"
