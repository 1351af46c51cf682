"""``python -m anchorbox_utils.diagnosis``의 입구."""

import sys

from anchorbox_utils.diagnosis.command import main

sys.exit(main())
