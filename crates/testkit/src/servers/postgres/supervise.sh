# Owns one throw-away Postgres cluster from its making to its removal.
#
# Standard input is the pipe from the test process: each line is a port to try, and its end means that the process
# has gone, however it went. The answer to each port, on standard output, is one line: ready, or failed.
#
# usage: sh -c THIS supervise FOLDER PROGRAMS OWNER    (OWNER empty: run the server as the user we are)

set -u
# A Ctrl-C goes to every process at the terminal, and an answer may find nobody there to read it. This process
# still has to clean up.
trap '' HUP INT TERM PIPE

folder=$1
programs=$2
owner=$3

as_owner() {
    if [ -z "$owner" ]; then
        "$@" </dev/null
    elif command -v runuser >/dev/null 2>&1; then
        runuser -u "$owner" -- "$@" </dev/null
    else
        # Unlike runuser, su wants a command line; the shell it starts gets the words as they are.
        su -s /bin/sh "$owner" -c '"$@"' -- sh "$@" </dev/null
    fi
}

clean_up() {
    if [ -f "$folder/data/postmaster.pid" ]; then
        as_owner "$programs/pg_ctl" stop -D "$folder/data" -m immediate -w -t 30 >/dev/null 2>&1
    fi
    cd /
    rm -rf -- "$folder"
}

make() {
    if [ -n "$owner" ]; then
        chown "$owner" "$folder" || return 1
    fi
    as_owner "$programs/initdb" -D "$folder/data" -U dashtam -E UTF8 --locale=C --no-sync -A trust || return 1
    # Nobody but this machine, and over loopback only.
    echo 'host all all 127.0.0.1/32 trust' >"$folder/data/pg_hba.conf" || return 1
    # Nothing here has to survive a power cut, and every test opens a few connections.
    cat >>"$folder/data/postgresql.conf" <<'SETTINGS' || return 1
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
fsync = off
full_page_writes = off
synchronous_commit = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
timezone = 'UTC'
SETTINGS
}

cd "$folder" || exit 1
if ! make >"$folder/make.log" 2>&1; then
    echo failed
    # The other side reads the log before it lets go of the pipe.
    cat >/dev/null
    clean_up
    exit 1
fi

while read -r port; do
    if as_owner "$programs/pg_ctl" start -D "$folder/data" -o "-p $port" -l "$folder/server.log" -w -t 60 \
        >"$folder/start.log" 2>&1; then
        echo ready
    else
        echo failed
    fi
done
clean_up
