#!/bin/sh
# Makes an installed environment small: slim.sh /opt/jisi MODULE...
#
# Symbols for debuggers, what only compilers and type checkers read, and other brokers' and databases' parts go; byte code
# stays for what the MODULES import, since a read-only file system can keep none, and it saves a second at each start.
set -eu
python=$1/bin/python
cd "$1"/lib/python3.*/site-packages
shift
# Libraries in *.libs were rewritten by auditwheel, which strip would break.
find . -name '*.so' -not -path '*.libs/*' -exec strip --strip-debug {} +
find . -type f \( -name '*.pyi' -o -name '*.pxd' -o -name '*.pyx' -o -name '*.h' -o -name '*.a' \) -delete
find numpy onnx greenlet -type d -name tests -prune -exec rm -rf {} + 2>/dev/null || true
rm -rf numpy/f2py numpy/distutils onnx/backend/test
rm -rf sqlalchemy/testing sqlalchemy/dialects/mysql sqlalchemy/dialects/oracle sqlalchemy/dialects/mssql
rm -rf faststream/confluent faststream/mqtt faststream/nats faststream/rabbit faststream/redis
find . -type d -name __pycache__ -prune -exec rm -rf {} +
for module in "$@"; do "$python" -c "import $module"; done
