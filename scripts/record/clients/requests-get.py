"""python-requests over urllib3: requests-get.py URL CA_FILE"""

import sys

import requests

print(requests.get(sys.argv[1], verify=sys.argv[2], timeout=10).status_code)
