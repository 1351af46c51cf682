"""손으로 만지는 실험대: 수식, 임계값, 앵커 설계.

화면은 브라우저의 JavaScript가 바로 계산해 그리고, 파이썬의 값이 기준입니다. 화면에서 바꾼 값은 다음
셀에서 ``lab.anchor``처럼 읽고, ``lab.anchor = ...``로 바꾸면 화면도 바뀝니다. 커널 없이 저장된
노트북만 볼 때는 같은 상태를 그린 그림(PNG)이 대신 보입니다.

- ``formula_lab``, ``threshold_lab``, ``design_lab``: 실험대마다 파이썬(.py)과 화면(.js)이 나란히.
- ``prediction_card``: 먼저 예측을 정해야 결과가 보이는 카드. 물음은 ``predictions/``에 있습니다.
- ``base``: 실험대의 공통 부분. 화면의 공통 부분은 ``common.js``와 ``style.css``입니다.
- ``offline``: 커널이 없는 웹사이트와 슬라이드에서 켜는 데 드는 것.
- ``formulas.js``: 브라우저에서 계산하는 공식. 파이썬과 같은지 tests/test_browser.py가 봅니다.
"""

from anchorbox_utils.labs.design_lab import DesignLab
from anchorbox_utils.labs.formula_lab import FormulaLab
from anchorbox_utils.labs.prediction_card import PredictionCard, predict
from anchorbox_utils.labs.threshold_lab import ThresholdLab

__all__ = ["DesignLab", "FormulaLab", "PredictionCard", "ThresholdLab", "predict"]
