# SPDX-License-Identifier: GPL-2.0-or-later
# All of disp_image_campaign.sh for PVH.
# timeout: 1500
# needs: tests/lab/disp_image_campaign.sh
MODE=pvh
. /lab/disp_image_campaign.sh
