module vestibule.example/ssh/client

go 1.19
