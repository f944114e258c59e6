# SPDX-License-Identifier: GPL-2.0-or-later
# The kills of kill_test.sh at fifty moments each.
# timeout: 5400
# needs: tests/lab/kill_test.sh
KILLS=50
. /lab/kill_test.sh
