"""Python's own TLS: https-get.py URL CA_FILE"""

import ssl
import sys
import urllib.request

context = ssl.create_default_context(cafile=sys.argv[2])
print(urllib.request.urlopen(sys.argv[1], context=context, timeout=10).status)
